import { expect, it } from "vitest";
import { relativeError } from "../../../lib/measure/relativeError.js";

it("is the largest difference over the largest expected magnitude", () => {
  expect(relativeError([1, -4, 2], [1, -4, 1])).toBe(0.25);
  expect(relativeError([0, 3], [0, 0])).toBe(3);
});

it("is infinite for what cannot be compared", () => {
  expect(relativeError([1, NaN], [1, 1])).toBe(Infinity);
  expect(relativeError([1], [1, 1])).toBe(Infinity);
});
