/** Numbers of a latent: one for each pattern of the contrast task. */
export const LATENTS = 3;

/** Side of the task's pictures in pixels. */
export const SIDE = 32;

/** The layers of the tiny generator; the last one's three channels are the picture. */
export const TINY_LAYERS = [
  { name: "conv0", up: 2, inputs: 8, outputs: 8, side: 16 },
  { name: "conv1", up: 2, inputs: 8, outputs: 8, side: 32 },
  { name: "picture", up: 1, inputs: 8, outputs: 3, side: 32 },
] as const;
