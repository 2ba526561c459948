import type { Tensor1D, Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import { paddingSides } from "../ops/check.js";
import { filterSize } from "../ops/filter2d.js";
import type { FilteredLeakyReluOptions } from "../ops/filteredLeakyRelu.js";
import { chooseTile, type FilteredPlan } from "./filteredTile.js";
import { filteredShader } from "./filteredShader.js";
import { componentsOf, reals, record, webgpu, wholes, type Input } from "./run.js";
import { memoryOf } from "./tiling.js";

/**
 * Bytes of workgroup memory: with more, a graphics card has room for too few workgroups at a time, and a device in
 * software takes longer to compile the program.
 */
const MOST_BYTES = { workgroup: 32768, registers: 16384 } as const;

/**
 * Threads of a workgroup. A device in software computes few at a time, and for each that it must hold at a barrier it
 * puts everything by: with four it is eight times as fast as with 128.
 */
const THREADS = { workgroup: 128, registers: 4 } as const;

/**
 * StyleGAN3's alias-free nonlinearity in one dispatch: see `filteredLeakyRelu`. The upsampled map is never stored: a
 * workgroup holds its part of it, for four channels, and computes again what its neighbours hold too.
 *
 * @param x features, [N, H, W, C]
 * @param bias one number per channel, [C], or null
 * @returns [N, H', W', C], which nobody sees yet; null for a two-dimensional filter before the leaky ReLU
 *   or an oblong one behind it, and where
 *   a pixel's share of the upsampled map exceeds the device's workgroup memory
 *
 * Source: Karras et al. 2021, section 3.2 (configuration F) and appendix D, which describe such a kernel for CUDA.
 */
export function filteredLeakyRelu(
  x: Tensor4D,
  bias: Tensor1D | null,
  options: FilteredLeakyReluOptions,
): TensorInfo | null {
  const { upFilter = null, downFilter = null, up = 1, down = 1, padding = 0, flipFilter = false } = options;
  const { gain = Math.SQRT2, slope = 0.2, clamp = null } = options;
  const [downTaps, downRows] = filterSize(downFilter);
  if (upFilter?.rank === 2 || downTaps !== downRows) return null;
  const [batch, height, width, channels] = x.shape;
  const [x0, x1, y0, y1] = paddingSides(padding);
  const plan: FilteredPlan = {
    up,
    down,
    upTaps: filterSize(upFilter)[0],
    downTaps,
    separable: downFilter?.rank !== 2,
  };
  const rest = 1 - plan.upTaps - downTaps;
  const outWidth = Math.floor((width * up + x0 + x1 + rest) / down) + 1;
  const outHeight = Math.floor((height * up + y0 + y1 + rest) / down) + 1;
  if (outWidth < 1 || outHeight < 1) return null; // the readable operation says why
  const memory = memoryOf(webgpu());
  const offered = webgpu().device.limits.maxComputeWorkgroupStorageSize;
  const tile = chooseTile(plan, [outWidth, outHeight], Math.min(offered, MOST_BYTES[memory]));
  if (!tile) return null;
  const threads = THREADS[memory];
  const components = componentsOf(channels);
  const [columns, rows] = tile.size;
  const shift = [modulo(x0, up), modulo(y0, up)] as const;
  const bands = Math.ceil(outHeight / rows);
  const inputs: Input[] = [{ name: "x", tensor: x, components }];
  if (bias) inputs.push({ name: "bias", tensor: bias, components });
  if (upFilter) inputs.push({ name: "fore", tensor: upFilter, components: 1 });
  if (downFilter) inputs.push({ name: "aft", tensor: downFilter, components: 1 });
  const has = {
    bias: bias !== null,
    upFilter: upFilter !== null,
    downFilter: downFilter !== null,
    clamp: clamp !== null,
  };
  return record({
    name: "filteredLeakyRelu",
    variant: JSON.stringify([plan, tile.size, shift, threads, has, flipFilter]),
    inputs,
    uniforms: [
      ...wholes({ channels, height, width, outHeight, outWidth, x0, y0, bands }),
      ...reals({ upGain: up * up, slope, gain }),
      ...(clamp === null ? [] : reals({ limit: clamp })),
    ],
    outputShape: [batch, outHeight, outWidth, channels],
    outputComponents: components,
    workgroup: [threads, 1, 1],
    groups: [Math.ceil(channels / 4), Math.ceil(outWidth / columns), bands * batch],
    code: () => filteredShader({ plan, tile, shift, threads, components, flipFilter, has }),
  });
}

/** The remainder of a division that rounds down. */
function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}
