/**
 * A model's id from a file's name: its letters and digits in lower case with "-" between, without the ending.
 *
 *     modelId("network-snapshot-000123.pkl") // "network-snapshot-000123"
 */
export function modelId(file: string): string {
  const words = file
    .replace(/^.*[/\\]/, "")
    .replace(/\.[^.]*$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 80)
    .replace(/^-|-$/g, "");
  return words || "model";
}

/** The id, with a number behind it where it is taken already. */
export function freeModelId(id: string, taken: ReadonlySet<string>): string {
  if (!taken.has(id)) return id;
  let number = 2;
  while (taken.has(`${id}-${number}`)) number++;
  return `${id}-${number}`;
}
