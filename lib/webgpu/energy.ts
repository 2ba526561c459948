import type { Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import { record, wholes } from "./run.js";

const THREADS = 64;

/** Workgroups of one dispatch that every device takes. */
const MOST_GROUPS = 65535;

/**
 * A kernel's squares, summed over its taps, a thread for each sum: see `weightEnergy`. The stock operation gives each
 * of these short sums a workgroup.
 *
 * @param weight kernel, [kh, kw, I, O]
 * @returns [I, O], which nobody sees yet; null for more channels than a dispatch can number
 */
export function energy(weight: Tensor4D): TensorInfo | null {
  const [kh, kw, inputs, outputs] = weight.shape;
  const groups = Math.ceil((inputs * outputs) / THREADS);
  if (groups > MOST_GROUPS) return null;
  return record({
    name: "energy",
    variant: "",
    inputs: [{ name: "weight", tensor: weight, components: 1 }],
    uniforms: [...wholes({ taps: kh * kw, size: inputs * outputs })],
    outputShape: [inputs, outputs],
    outputComponents: 1,
    workgroup: [THREADS, 1, 1],
    groups: [groups, 1, 1],
    code: () => `
    fn main() {
      let at = i32(globalId.x);
      if (at >= uniforms.size) { return; }
      var sum = 0.0;
      for (var tap = 0; tap < uniforms.taps; tap++) {
        let w = weight[tap * uniforms.size + at];
        sum += w * w;
      }
      result[at] = sum;
    }`,
  });
}
