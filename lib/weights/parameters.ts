/** A parameter or buffer as its checkpoint holds it: official layout (OIHW convolutions, [out, in] dense), row-major. */
export interface Parameter {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Parameters and buffers of one network under their official state_dict names. */
export type Parameters = ReadonlyMap<string, Parameter>;

export type Family = "stylegan1" | "stylegan2" | "stylegan3";

/** The families' names in prose. */
export const FAMILY_TITLES: Readonly<Record<Family, string>> = {
  stylegan1: "StyleGAN1",
  stylegan2: "StyleGAN2",
  stylegan3: "StyleGAN3",
};
