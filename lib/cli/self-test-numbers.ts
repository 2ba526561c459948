/**
 * Writes `lib/engine/selfTestNumbers.ts`, the golden numbers that a back end must reproduce before a reader's
 * pictures are trusted to it. Run it again (`npx tsx lib/cli/self-test-numbers.ts`) after a change of the list
 * below; what it writes follows from `tests/golden/` alone.
 */
import { writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { loadCase, type LoadedCase } from "../../tests/golden.js";
import type { Parameter } from "../weights/parameters.js";

const target = new URL("../engine/selfTestNumbers.ts", import.meta.url).pathname;

/** Row-major [a, b, c, d] to the order of axes given. */
function permute({ shape, data }: Parameter, axes: readonly number[]): Parameter {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const permuted = axes.map((axis) => shape[axis]!);
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) {
    let rest = i;
    let source = 0;
    for (let k = axes.length - 1; k >= 0; k--) {
      source += (rest % permuted[k]!) * strides[axes[k]!]!;
      rest = Math.floor(rest / permuted[k]!);
    }
    out[i] = data[source]!;
  }
  return { shape: permuted, data: out };
}

const nhwc = (image: Parameter) => permute(image, [0, 2, 3, 1]);
const hwio = (kernel: Parameter) => permute(kernel, [2, 3, 1, 0]);

const tensor = (from: LoadedCase, name: string): Parameter => {
  const found = from.tensors.get(name);
  if (!found) throw new Error(`${from.case.name} holds no tensor ${name}`);
  return found;
};

async function numbers(): Promise<Record<string, Parameter>> {
  const [modulated, blocks, upfirdn, generator] = await Promise.all(
    ["ops-modulated-conv2d-sg2", "ops-sg1-blocks", "ops-upfirdn2d", "sg2-generator-res4"].map(loadCase),
  );
  const out: Record<string, Parameter> = {
    "modulatedConv2d/x": nhwc(tensor(modulated!, "inputs/x")),
    "modulatedConv2d/weight": hwio(tensor(modulated!, "inputs/weight_k3")),
    "modulatedConv2d/styles": tensor(modulated!, "inputs/styles"),
    "modulatedConv2d/filter": tensor(modulated!, "filters/f"),
    "modulatedConv2d/noise": nhwc(tensor(modulated!, "inputs/noise_2")),
    "modulatedConv2d/fused": nhwc(tensor(modulated!, "runs/k3_up2_down1_demod_fused_noise2/y")),
    "modulatedConv2d/unfused": nhwc(tensor(modulated!, "runs/k3_up2_down1_demod_unfused_noise2/y")),
    "upfirdn2d/x": nhwc(tensor(upfirdn!, "inputs/x_a")),
    "upfirdn2d/filter": tensor(upfirdn!, "filters/f1331"),
    "upfirdn2d/y": nhwc(tensor(upfirdn!, "runs/up2_f1331/y")),
    "instanceNorm/x": nhwc(tensor(blocks!, "inputs/x")),
    "instanceNorm/y": nhwc(tensor(blocks!, "runs/instance_norm/y")),
    "generator/z": tensor(generator!, "inputs/z"),
    "generator/img": nhwc(tensor(generator!, "runs/const/img")),
  };
  for (const [name, parameter] of generator!.weights) out[`generator/weights/${name}`] = parameter;
  return out;
}

const base64 = (data: Float32Array) =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");

async function main(): Promise<void> {
  const { case: generator } = await loadCase("sg2-generator-res4");
  const entries = Object.entries(await numbers()).map(
    ([name, { shape, data }]) => `${JSON.stringify(name)}: [${JSON.stringify(shape)}, "${base64(data)}"],`,
  );
  const text = `// Written by lib/cli/self-test-numbers.ts from tests/golden/; do not edit.
import type { StyleGAN2Config } from "../weights/config.js";

export const GENERATOR_CONFIG: StyleGAN2Config = ${JSON.stringify(generator.config)};

/** Shape and little-endian float32 values in base64. Feature maps [N, H, W, C], kernels [kh, kw, I, O]; the generator's weights as checkpoints hold them. */
export const NUMBERS: Readonly<Record<string, readonly [readonly number[], string]>> = {
${entries.join("\n")}
};
`;
  const options = await resolveConfig(target);
  await writeFile(target, await format(text, { ...options, parser: "typescript" }));
}

await main();
