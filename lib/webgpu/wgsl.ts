/** Pieces of WGSL that several kernels share. Channels are read and written four at a time. */

/**
 * A function that reads four channels: `fn NAME(row, k) -> vec4<f32>` gives channels 4 k to 4 k + 3 of a row of
 * `channels` numbers; those beyond the last are 0.
 *
 * @param array the binding
 * @param channels the number of channels, a WGSL expression
 */
export function reader(name: string, array: string, channels: string, components: 1 | 4): string {
  if (components === 4)
    return `fn ${name}(row : i32, k : i32) -> vec4<f32> { return ${array}[row * (${channels} / 4) + k]; }\n`;
  const one = (i: number) => `select(0.0, ${array}[at + ${i}], 4 * k + ${i} < ${channels})`;
  return `fn ${name}(row : i32, k : i32) -> vec4<f32> {
    let at = row * ${channels} + 4 * k;
    return vec4<f32>(${[0, 1, 2, 3].map(one).join(", ")});
  }\n`;
}

/** `fn NAME(row, k, value)` writes four channels of a row of the result; those beyond the last are left out. */
export function writer(name: string, channels: string, components: 1 | 4): string {
  if (components === 4)
    return `fn ${name}(row : i32, k : i32, value : vec4<f32>) { result[row * (${channels} / 4) + k] = value; }\n`;
  const one = (i: number) => `if (4 * k + ${i} < ${channels}) { result[at + ${i}] = value[${i}]; }`;
  return `fn ${name}(row : i32, k : i32, value : vec4<f32>) {
    let at = row * ${channels} + 4 * k;
    ${[0, 1, 2, 3].map(one).join("\n    ")}
  }\n`;
}

/** Number of groups of four that hold `channels`, a WGSL expression. */
export function fours(channels: string): string {
  return `((${channels} + 3) / 4)`;
}

/** The numbers 0 .. n - 1. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
