import type { Dialect } from "./dialect.js";

/** NVlabs/stylegan2-ada-pytorch: our official names for StyleGAN2. */
export const nvidiaStyleGAN2: Dialect = {
  title: "NVIDIA StyleGAN2-ADA (PyTorch)",
  family: "stylegan2",
  signature: "synthesis.b4.conv1.affine.weight",
  translate: (tensors) => new Map(tensors),
};

/** NVlabs/stylegan3: our official names for StyleGAN3. */
export const nvidiaStyleGAN3: Dialect = {
  title: "NVIDIA StyleGAN3",
  family: "stylegan3",
  signature: "synthesis.input.freqs",
  translate: (tensors) => new Map(tensors),
};
