import type MarkdownIt from "markdown-it";
import { unbroken } from "../figure/unbroken.js";

/** A markdown-it plugin: sizes and references in running text stay on one line. Code and mathematics are left alone. */
export function unbrokenText(md: MarkdownIt): void {
  md.core.ruler.push("unbroken", (state) => {
    for (const { children } of state.tokens)
      for (const child of children ?? []) if (child.type === "text") child.content = unbroken(child.content);
  });
}
