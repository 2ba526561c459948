import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { derive, isRemembered } from "../ops/derived.js";
import { areFloats, type Kernels } from "../ops/kernels.js";
import { fresh, pointer, writePointers, type WasmModule } from "./module.js";

/** Smaller maps have too few tiles for a matrix product to be worth its start. */
const LEAST_SIDE = 16;

/**
 * The transforms run on one thread and the products on all of them, so the more threads there are, the more channels
 * it takes: products a number (inputs * outputs / (inputs + outputs)) for each thread.
 */
const LEAST_PRODUCTS = 16;

/** Numbers of a band's planes: they should stay in a cache of a few megabytes. */
const BAND = 1 << 20;

/**
 * Winograd's minimal filtering F(2x2, 3x3) for convolutions with kept 3x3 weights: 16 multiplications for four output
 * pixels of a pair of channels, where the sum itself takes 36.
 *
 * 1. Transforms the weight once: U = G g G^T, 16 matrices [I, O], kept with it.
 * 2. Cuts the map into tiles of 4x4 pixels, two apart, and transforms each: V = B^T d B. One band of rows after the
 *    other, so that what is between stays in the caches.
 * 3. Multiplies: 16 products V U of [tiles, I] and [I, O], by tfjs's own matrix product.
 * 4. Transforms back to two by two pixels: Y = A^T M A.
 *
 * Other arguments are left to the stock operation: other kernels and strides, few channels, small maps, weights that
 * nobody keeps.
 *
 * @param threads how many it computes with
 *
 * Source: Lavin and Gray 2016, section 4.1.
 */
export function winogradKernels(module: WasmModule, threads: number): Kernels {
  const covers = (weight: Tensor4D, height: number, width: number) => {
    const [kh, kw, inputs, outputs] = weight.shape;
    return (
      kh === 3 &&
      kw === 3 &&
      inputs % 4 === 0 &&
      outputs % 4 === 0 &&
      Math.min(height, width) >= LEAST_SIDE &&
      inputs * outputs >= LEAST_PRODUCTS * threads * (inputs + outputs) &&
      areFloats(weight) &&
      isRemembered(weight)
    );
  };
  return {
    prefersKeptWeight: covers,
    conv2d: (x, weight, [strideX, strideY], padding) => {
      const [, h, w] = x.shape;
      const taken = strideX === 1 && strideY === 1 && areFloats(x) && covers(weight, h, w);
      return taken ? convolve(module, x, weight, padding) : null;
    },
  };
}

function convolve(
  module: WasmModule,
  x: Tensor4D,
  weight: Tensor4D,
  [x0, x1, y0, y1]: readonly [number, number, number, number],
): Tensor4D {
  const [, , inputs, outputs] = weight.shape;
  const [n, h, w] = x.shape;
  const [height, width] = [h + y0 + y1 - 2, w + x0 + x1 - 2];
  const [tileRows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const bands = Math.ceil((16 * tileRows * columns * Math.max(inputs, outputs)) / BAND);
  const rows = Math.ceil(tileRows / Math.min(bands, tileRows));
  return tf.tidy(() => {
    let transformed: Tensor2D[] | null = null;
    const kernels = sixteen((k) =>
      derive(weight, `Winograd ${k}`, () => (transformed ??= transformWeight())[k]!),
    );
    const planes = sixteen(() => fresh<Tensor2D>([rows * columns, inputs]));
    const target = fresh<Tensor4D>([n, height, width, outputs]);
    const [planeList, productList] = [listOf(planes), listOf([])];
    for (let sample = 0; sample < n; sample++) {
      const source = pointer(x) + 4 * sample * h * w * inputs;
      const to = pointer(target) + 4 * sample * height * width * outputs;
      for (let first = 0; first < tileRows; first += rows) {
        const count = Math.min(rows, tileRows - first);
        module.transformInput(source, h, w, inputs, y0, x0, first, count, columns, pointer(planeList));
        const products = planes.map((plane, k) => tf.matMul(plane, kernels[k]!));
        writePointers(productList, products);
        module.transformOutput(pointer(productList), to, height, width, outputs, first, count, columns);
        tf.dispose(products);
      }
    }
    return target;
  });

  function transformWeight(): Tensor2D[] {
    const matrices = sixteen(() => fresh<Tensor2D>([inputs, outputs]));
    module.transformWeight(pointer(weight), inputs * outputs, pointer(listOf(matrices)));
    return matrices;
  }

  function listOf(tensors: readonly Tensor[]): Tensor {
    const list = fresh([16], "int32");
    writePointers(list, tensors);
    return list;
  }
}

function sixteen<T>(make: (k: number) => T): T[] {
  return Array.from({ length: 16 }, (_, k) => make(k));
}
