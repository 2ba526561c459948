import MarkdownIt from "markdown-it";
import { describe, expect, test } from "vitest";
import { glossaryLinks } from "../../../lib/cli/glossaryLinks.js";
import { GLOSSARY } from "../../../src/components/glossary-terms.js";

const terms = [
  { id: "style", term: "style", definition: "What a layer gets.", written: ["styles?"] },
  { id: "mixing", term: "style mixing", definition: 'Two seeds, "one" picture.' },
];
const render = (text: string, path = "/chapters/adain") =>
  new MarkdownIt({ html: true }).use(glossaryLinks(terms)).render(text, { path });
const count = (html: string) => html.match(/class="term"/g)?.length ?? 0;

describe("links to the glossary", () => {
  test("are made for the first mention of a term only", () => {
    const html = render("Two styles. A style again.\n\nAnd a style.");
    expect(count(html)).toBe(1);
    expect(html).toContain('href="/glossary#style" data-definition="What a layer gets."');
    expect(html).toContain(">styles</a>");
  });

  test("prefer the longer of two terms at one place, and leave the other for its next mention", () => {
    const html = render("Here style mixing comes before the style.");
    expect(html).toMatch(/#mixing"[^>]*>style mixing<\/a> comes before the <a[^>]*#style"[^>]*>style<\/a>/);
  });

  test("leave headings, code, links and parts of words alone", () => {
    expect(count(render("# A style\n\n`style`, [style](x), stylesheet, lifestyle, style-based"))).toBe(0);
  });

  test("escape the definition, and are not made on the glossary itself and in titles of papers", () => {
    expect(render("style mixing")).toContain("&quot;one&quot;");
    expect(count(render("style mixing", "/glossary"))).toBe(0);
    expect(count(render("*style mixing*", "/references"))).toBe(0);
  });
});

test("the glossary is in alphabetical order, with one entry an anchor", () => {
  const names = GLOSSARY.map(({ term }) => term);
  expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, "en", { sensitivity: "base" })));
  expect(new Set(GLOSSARY.map(({ id }) => id)).size).toBe(GLOSSARY.length);
});
