import type { Tensor4D } from "@tensorflow/tfjs-core";
import { assertMap, valuesOf } from "./readback.js";

/**
 * The picture an RGB map shows, as a canvas takes it.
 *
 * 1. Values of -1 .. 1 become 0 .. 255 as in the official scripts
 *    (`(img * 127.5 + 128).clamp(0, 255).to(uint8)`, which rounds down).
 * 2. A single channel is shown grey. Alpha is 255.
 *
 * @param x [1, H, W, 3] or [1, H, W, 1]; stays the caller's
 * @returns RGBA, 8 bit, row by row
 * @throws {RangeError} for another number of channels
 */
export async function pictureBytes(x: Tensor4D): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const [height, width, channels] = assertMap(x);
  if (channels !== 3 && channels !== 1)
    throw new RangeError(
      `a picture has 3 channels or 1, this map has ${channels}; look at its channels instead`,
    );
  const values = await valuesOf(x);
  const pixels = new Uint8ClampedArray(height * width * 4);
  for (let i = 0, j = 0; j < pixels.length; i += channels, j += 4) {
    for (let c = 0; c < 3; c++) {
      // floor: the clamped array itself would round to nearest.
      pixels[j + c] = Math.floor(values[channels === 3 ? i + c : i]! * 127.5 + 128);
    }
    pixels[j + 3] = 255;
  }
  return pixels;
}
