import { median } from "./rows.js";

/** Independent chains of vec4 multiply-adds a thread, and turns of the loop. */
const [CHAINS, TURNS] = [16, 2048];

const THREADS = 64;

/**
 * Multiply-adds a second of a device at its best: threads that do nothing else, on numbers in registers, enough of them
 * to keep the device busy and independent enough not to wait for one another.
 *
 * Takes the median of five timings of a dispatch that is doubled until it takes at least 0.2 s.
 */
export async function peakMultiplyAdds(device: GPUDevice): Promise<number> {
  const names = Array.from({ length: CHAINS }, (_, i) => `v${i}`);
  const code = `
    @group(0) @binding(0) var<storage, read_write> result : array<f32>;
    @compute @workgroup_size(${THREADS}) fn main(@builtin(global_invocation_id) id : vec3<u32>) {
      let a = vec4<f32>(0.9 + 1e-9 * f32(id.x));
      ${names.map((name, i) => `var ${name} = vec4<f32>(${i}.5);`).join(" ")}
      for (var i = 0; i < ${TURNS}; i++) { ${names.map((name) => `${name} = fma(${name}, a, a);`).join(" ")} }
      let all = ${names.join(" + ")};
      result[id.x % ${THREADS}u] = all.x + all.y + all.z + all.w;
    }`; // prettier-ignore
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module: device.createShaderModule({ code }), entryPoint: "main" },
  });
  const buffer = device.createBuffer({ size: 4 * THREADS, usage: GPUBufferUsage.STORAGE });
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer } }],
  });
  const seconds = async (groups: number): Promise<number> => {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(groups);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  };
  let groups = 16;
  await seconds(groups);
  while (groups < 32768 && (await seconds(groups)) < 0.2) groups *= 2;
  const times: number[] = [];
  for (let run = 0; run < 5; run++) times.push(await seconds(groups));
  buffer.destroy();
  return (groups * THREADS * TURNS * CHAINS * 4) / median(times);
}
