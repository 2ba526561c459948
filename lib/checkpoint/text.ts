/** A text from a file, short enough for a message. */
export function shorten(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}]/gu, "?");
  return clean.length > 80 ? `${clean.slice(0, 77)}...` : clean;
}
