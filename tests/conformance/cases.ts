import { readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * Finds every case at or below a folder.
 *
 * @returns the folders that hold a case.json, sorted
 * @throws Error when the folder cannot be read
 */
export async function findCases(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (path: string): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true });
    if (entries.some((entry) => entry.isFile() && entry.name === "case.json")) {
      found.push(path);
      return;
    }
    for (const entry of entries) if (entry.isDirectory()) await visit(join(path, entry.name));
  };
  await visit(folder);
  return found.sort();
}
