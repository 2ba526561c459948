import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { DIVISIONS, divisionOf } from "../../../lib/webgpu/tiling.js";
import { tune } from "../../../lib/webgpu/tuning.js";
import { webgpu } from "../../../lib/webgpu/run.js";
import { start } from "./twins.js";

beforeAll(start);

it("a measurement runs on the device, leaves what it chose in use, and nothing behind", async () => {
  await tf.setBackend("webgpu");
  const { device } = webgpu();
  const before = { tensors: tf.memory().numTensors, data: webgpu().numDataIds() };
  device.pushErrorScope("validation");
  const chosen = await tune(webgpu(), { side: 16, channels: 16, dispatches: 1 });
  expect((await device.popErrorScope())?.message).toBeUndefined();
  expect(DIVISIONS[chosen].memory).toBe("workgroup");
  expect(divisionOf(webgpu())).toBe(DIVISIONS[chosen]);
  expect({ tensors: tf.memory().numTensors, data: webgpu().numDataIds() }).toEqual(before);
});
