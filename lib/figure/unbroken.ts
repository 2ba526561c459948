/**
 * A text with no-break spaces where a line must not end: inside a size, such as 64 × 64, before a % and between the
 * kind of a reference and its number, such as figure 2.6.
 */
export function unbroken(text: string): string {
  return text
    .replace(/(?<=\d) × (?=\d)/g, "\u00a0×\u00a0")
    .replace(/(?<=\d) (?=%)/g, "\u00a0")
    .replace(/\b(figure|figures|equation|equations|section|table|question) (?=\d)/gi, "$1\u00a0");
}
