import { describe, expect, it } from "vitest";
import { mendPage, mendStyle } from "../../../lib/cli/mend.js";

const PAGE = `<!DOCTYPE html>
<html>
<meta name="viewport" content="width=device-width, initial-scale=1, maximum-scale=1">
<body>
<input id="observablehq-sidebar-toggle" type="checkbox" title="Toggle sidebar">
<nav id="observablehq-sidebar">
  <ol>
    <label id="observablehq-sidebar-close" for="observablehq-sidebar-toggle"></label>
    <li class="observablehq-link"><a href="./">Book</a></li>
  </ol>
</nav>
<aside id="observablehq-toc" data-selector="h2">
<nav>
</nav></aside>
<footer id="observablehq-footer">
<nav></nav></footer>`;

describe("mendPage", () => {
  const mended = mendPage(PAGE);

  it("states the language and lets the reader zoom", () => {
    expect(mended).toContain('<html lang="en">');
    expect(mended).not.toContain("maximum-scale");
  });

  it("gives every navigation a name of its own", () => {
    const names = [...mended.matchAll(/<nav[^>]*aria-label="([^"]*)"/g)].map(([, name]) => name);
    expect(names).toEqual(["chapters", "on this page", "previous and next chapter"]);
  });

  it("puts the switch into a landmark and the closing label into a list item", () => {
    expect(mended).toMatch(/<header[^>]*><input[^>]*aria-label="Toggle sidebar"><\/header>/);
    expect(mended).toMatch(/<ol>\s*<li class="observablehq-link"><label/);
  });

  it("leads past the sidebar from the very first link", () => {
    expect(mended).toMatch(/<body>\s*<a class="skip-link" href="#observablehq-main">/);
  });

  it("changes nothing that is mended already", () => {
    expect(mendPage(mended)).toBe(mended);
  });
});

describe("mendStyle", () => {
  it("finds what the switch acts on from the body", () => {
    expect(
      mendStyle("#observablehq-sidebar-toggle:checked~#a,#observablehq-sidebar-toggle:indeterminate ~ #b{}"),
    ).toBe(
      "body:has(#observablehq-sidebar-toggle:checked) #a,body:has(#observablehq-sidebar-toggle:indeterminate) #b{}",
    );
  });
});
