import MarkdownIt from "markdown-it";
import { expect, test } from "vitest";
import { unbrokenText } from "../../../lib/cli/unbrokenText.js";

const render = (text: string) =>
  new MarkdownIt().use(unbrokenText).render(text).replaceAll("\u00a0", "~").trim();

test("sizes and references of running text stay on one line", () => {
  expect(render("from 4 × 4 × 128 to 64 × 64, in figure 2.6: 18 %")).toBe(
    "<p>from 4~×~4~×~128 to 64~×~64, in figure~2.6: 18~%</p>",
  );
  expect(render("- Equations 1 to 3 (2020, section 2)")).toContain("Equations~1 to 3 (2020, section~2)");
});

test("code, and words that only look like a size or a reference, stay as they are", () => {
  expect(render("`4 × 4` and a figure of 3")).toBe("<p><code>4 × 4</code> and a figure of 3</p>");
  expect(render("width × height, C × 9")).toBe("<p>width × height, C × 9</p>");
});
