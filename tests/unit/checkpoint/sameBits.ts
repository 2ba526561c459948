import { expect } from "vitest";
import type { Parameter } from "../../../lib/weights/parameters.js";

const bits = ({ data }: Parameter) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** Shapes and bytes alike: comparing element by element takes vitest seconds for a million numbers. */
export function expectSameBits(actual: Parameter, expected: Parameter, what: string): void {
  expect([...actual.shape], what).toEqual([...expected.shape]);
  expect(Buffer.compare(bits(actual), bits(expected)), what).toBe(0);
}
