import { expect, test } from "vitest";
import { line, median, row } from "../../bench/rows.js";

test("a row says what ours takes beside the peer, and whether their ratio reaches its goal", () => {
  expect(line(row("a pass", 3, 4, "s", 1))).toBe("a pass: 3.00 against 4.00 s, ratio 0.750 (<= 1)");
  expect(line(row("a pass", 5, 4, "s", 1))).toMatch(/ratio 1\.250 \(<= 1, not reached\)$/);
  expect(line(row("reading", 200, 100, "MB/s", 3, true))).toMatch(/ratio 2\.000 \(>= 3, not reached\)$/);
});

test("a row without a peer says its figure, and whether that reaches its goal", () => {
  expect(line(row("the first picture", 2, null, "s", 1.5))).toBe(
    "the first picture: 2.00 s (<= 1.5, not reached)",
  );
  expect(line(row("the last picture", 120, null, "ms", null))).toBe("the last picture: 120 ms");
});

test("the median of an even number of values lies between the middle two", () => {
  expect(median([4, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow(/no values/);
});
