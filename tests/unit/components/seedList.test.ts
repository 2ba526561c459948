import { describe, expect, it } from "vitest";
import { parseSeeds } from "../../../src/components/seed-list.js";

describe("parseSeeds", () => {
  it.each([
    ["85, 100,75", [85, 100, 75]],
    [" 7 ", [7]],
    ["1 2;3", [1, 2, 3]],
    ["4294967295", [0xffffffff]],
  ])('reads "%s"', (text, seeds) => expect(parseSeeds(text, 6)).toEqual(seeds));

  it.each(["", " , ", "1, two", "-1", "1.5", "4294967296", "1 2 3 4 5 6 7", "99999999999"])(
    'takes "%s" for no list of at most six seeds',
    (text) => expect(parseSeeds(text, 6)).toBeNull(),
  );
});
