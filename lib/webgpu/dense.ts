import type { Tensor1D, Tensor2D, Tensor3D, TensorInfo } from "@tensorflow/tfjs-core";
import { activations } from "../ops/activations.js";
import type { FullyConnectedOptions } from "../ops/fullyConnected.js";
import { componentsOf, reals, record, wholes } from "./run.js";
import { fours, range, reader } from "./wgsl.js";

/** Threads that share the inputs of one output, and outputs of a workgroup. */
const [SHARES, OUTPUTS] = [8, 8];

/**
 * A fully-connected layer in one dispatch: see `fullyConnected`.
 *
 * 1. Eight threads share an output: neighbours read neighbouring weights.
 * 2. One of them adds up, adds the bias and activates.
 *
 * @param x features, [N, I], or [N, L, I] of which each sample's row `row` is read
 * @param weight [O, I]
 * @returns [N, O], which nobody sees yet; null for activations other than linear and leaky ReLU
 */
export function dense(
  x: Tensor2D | Tensor3D,
  row: number,
  weight: Tensor2D,
  bias: Tensor1D | null,
  options: FullyConnectedOptions,
): TensorInfo | null {
  const { activation = "linear", lrMultiplier = 1, clamp = null } = options;
  if ((activation !== "linear" && activation !== "lrelu") || clamp !== null) return null;
  const [outputs, inputs] = weight.shape;
  const rows = x.rank === 3 ? x.shape[1]! : 1;
  const components = componentsOf(inputs);
  const { weightGain = lrMultiplier / Math.sqrt(inputs), biasGain = lrMultiplier } = options;
  const code = () => `
  ${reader("readX", "x", "uniforms.inputs", components)}
  ${reader("readWeight", "weight", "uniforms.inputs", components)}
  var<workgroup> parts : array<f32, ${SHARES * OUTPUTS}>;
  fn main() {
    let share = i32(localId.x);
    let o = i32(globalId.y);
    let n = i32(workgroupId.z);
    var sum = 0.0;
    let mine = min(o, uniforms.outputs - 1);
    for (var k = share; k < ${fours("uniforms.inputs")}; k += ${SHARES}) {
      sum += dot(readX(n * uniforms.rows + uniforms.row, k), readWeight(mine, k));
    }
    parts[localIndex] = sum;
    workgroupBarrier();
    if (share > 0 || o >= uniforms.outputs) { return; }
    var y = (${range(SHARES)
      .map((i) => `parts[localIndex + ${i}u]`)
      .join(" + ")}) * uniforms.weightGain;
    ${bias ? "y += bias[o] * uniforms.biasGain;" : ""}
    ${activation === "lrelu" ? "y = select(y * uniforms.slope, y, y > 0.0);" : ""}
    result[n * uniforms.outputs + o] = y * uniforms.gain;
  }`;
  return record({
    name: "dense",
    variant: [bias !== null, activation].join(),
    inputs: [
      { name: "x", tensor: x, components },
      { name: "weight", tensor: weight, components },
      ...(bias ? [{ name: "bias", tensor: bias, components: 1 as const }] : []),
    ],
    uniforms: [
      ...wholes({ inputs, outputs, rows, row }),
      ...reals({
        weightGain,
        biasGain,
        slope: options.alpha ?? activations[activation].alpha,
        gain: options.gain ?? activations[activation].gain,
      }),
    ],
    outputShape: [x.shape[0], outputs],
    outputComponents: 1,
    workgroup: [SHARES, OUTPUTS, 1],
    groups: [1, Math.ceil(outputs / OUTPUTS), x.shape[0]],
    code,
  });
}
