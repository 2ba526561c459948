import { describe, expect, it } from "vitest";
import { describeLines, linksByLine, matchLines } from "../../../src/components/source-lines.js";
import { primaryLink } from "../../../src/components/link.js";

const SOURCE = [
  "function f(x) {",
  "  const mean = x.mean();",
  "  const std = x.std();",
  "  return x - mean;",
  "}",
].join("\n");

describe("matchLines", () => {
  it("finds all lines with a text, a pattern, or from one text to another", () => {
    expect(matchLines(SOURCE, "mean")).toEqual([2, 4]);
    expect(matchLines(SOURCE, /const \w+ =/)).toEqual([2, 3]);
    expect(matchLines(SOURCE, { from: "const mean", to: "return" })).toEqual([2, 3, 4]);
  });

  it("refuses a page whose source has moved on", () => {
    expect(() => matchLines(SOURCE, "variance", "lib/ops/f.ts")).toThrow(
      /no line of lib\/ops\/f.ts contains "variance"/,
    );
    expect(() => matchLines(SOURCE, /variance/)).toThrow(RangeError);
    expect(() => matchLines(SOURCE, { from: "return", to: "const" })).toThrow(/"const"/);
  });
});

describe("describeLines", () => {
  it("joins neighbours into ranges", () => {
    expect(describeLines([1, 2, 3, 7, 9, 10])).toBe("1–3, 7, 9–10");
  });
});

describe("linksByLine", () => {
  it("puts the most specific term of a line first", () => {
    const links = linksByLine([
      { id: "all", lines: [1, 2, 3] },
      { id: "one", lines: [2] },
    ]);
    expect(links.get(2)).toEqual(["one", "all"]);
    expect(primaryLink(links.get(2)!.join(" "))).toBe("one");
    expect(primaryLink(null)).toBeNull();
  });
});
