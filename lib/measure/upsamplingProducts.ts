/** A grid of numbers, row by row. */
export interface NumberGrid {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** `upsample2d` by two, taken apart. */
export interface UpsamplingSteps {
  readonly input: NumberGrid;
  /** Three zeros behind every value: one to its right, two below. */
  readonly inserted: NumberGrid;
  readonly padded: NumberGrid;
  /** [left, right, top, bottom] */
  readonly padding: readonly [number, number, number, number];
  /** The filter as it lies on the padded grid: turned by 180 degrees and times 4. */
  readonly kernel: NumberGrid;
  readonly output: NumberGrid;
}

/** One product of an output pixel: a value of the padded grid times the kernel's entry that lies on it. */
export interface Product {
  /** Place on the padded grid. */
  readonly x: number;
  readonly y: number;
  readonly value: number;
  readonly weight: number;
  readonly product: number;
  /** What the value is: one of the input's, an inserted zero, or padding. */
  readonly kind: "input" | "inserted" | "padding";
}

/** The products that one output pixel is the sum of, row by row. @throws {RangeError} outside the output */
export function productsAt(steps: UpsamplingSteps, x: number, y: number): Product[] {
  const { padded, kernel, padding, inserted, output } = steps;
  if (!(x >= 0 && y >= 0 && x < output.width && y < output.height))
    throw new RangeError(`pixel ${x}, ${y} is outside the output of ${output.width} x ${output.height}`);
  return Array.from(kernel.values, (weight, i) => {
    const [px, py] = [x + (i % kernel.width), y + Math.floor(i / kernel.width)];
    const value = padded.values[py * padded.width + px]!;
    const [ix, iy] = [px - padding[0], py - padding[2]];
    const outside = ix < 0 || iy < 0 || ix >= inserted.width || iy >= inserted.height;
    const kind = outside ? "padding" : ix % 2 === 0 && iy % 2 === 0 ? "input" : "inserted";
    return { x: px, y: py, value, weight, product: value * weight, kind };
  });
}
