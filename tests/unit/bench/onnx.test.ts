import * as tf from "@tensorflow/tfjs-core";
import { InferenceSession, Tensor } from "onnxruntime-web";
import { beforeAll, describe, expect, it } from "vitest";
import type { Network } from "../../../lib/networks/network.js";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN1 } from "../../../lib/networks/stylegan1.js";
import { StyleGAN2 } from "../../../lib/networks/stylegan2.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { initialise } from "../../../lib/weights/initialise.js";
import { stylegan1Onnx, stylegan2Onnx } from "../../bench/onnx/generators.js";
import { useWasm } from "../measure/maps.js";

beforeAll(useWasm);

/** Largest difference between a network's picture and that of its ONNX form, for one w+ with rows of its own. */
async function difference(network: Network, bytes: Uint8Array): Promise<number> {
  const size = [1, network.numWs, network.wDim] as const;
  const values = hashNormal("onnx test", network.numWs * network.wDim);
  const ws = tf.tensor3d(values, [...size]);
  const ours = drive(network.synthesis(ws))!; // [1, H, W, 3]
  const session = await InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const { picture } = await session.run({ ws: new Tensor("float32", values, [...size]) });
  const theirs = tf.transpose(
    tf.tensor4d(picture!.data as Float32Array, [...picture!.dims] as never),
    [0, 2, 3, 1],
  );
  expect(theirs.shape).toEqual(ours.shape);
  const spread = tf.sqrt(tf.moments(ours).variance).dataSync()[0]!;
  expect(spread).toBeGreaterThan(0.01);
  return tf.max(tf.abs(tf.sub(ours, theirs))).dataSync()[0]! / spread;
}

describe("the ONNX form that the benchmark compares with", () => {
  it("of StyleGAN2 gives the network's picture", async () => {
    const config = {
      z_dim: 16,
      c_dim: 0,
      w_dim: 16,
      img_resolution: 64,
      img_channels: 3,
      mapping_kwargs: { num_layers: 2 },
      synthesis_kwargs: { channel_base: 512, channel_max: 16, num_fp16_res: 0 },
    };
    const parameters = initialise("stylegan2", config, "onnx");
    expect(
      await difference(new StyleGAN2(config, parameters), stylegan2Onnx(config, parameters)),
    ).toBeLessThan(1e-4);
  });

  it("of StyleGAN1 gives the network's picture, with repeated pixels and with fused upsampling", async () => {
    const config = {
      resolution: 128,
      z_space_dim: 16,
      w_space_dim: 16,
      mapping_layers: 2,
      mapping_fmaps: 16,
      fmaps_base: 512,
      fmaps_max: 16,
    };
    const parameters = initialise("stylegan1", config, "onnx");
    expect(
      await difference(new StyleGAN1(config, parameters), stylegan1Onnx(config, parameters)),
    ).toBeLessThan(1e-3);
  });
});
