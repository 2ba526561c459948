import type { MappingConfig } from "../weights/config.js";

/** Constructor arguments of the official discriminators, under their official names. What is absent has the default. */

/** genforce `StyleGANDiscriminator`, models/stylegan_discriminator.py. */
export interface StyleGAN1DiscriminatorConfig {
  readonly resolution: number;
  readonly image_channels?: number;
  readonly label_size?: number;
  readonly fused_scale?: boolean | "auto";
  readonly use_wscale?: boolean;
  readonly minibatch_std_group_size?: number;
  readonly minibatch_std_channels?: number;
  readonly fmaps_base?: number;
  readonly fmaps_max?: number;
}

/** stylegan2-ada-pytorch `Discriminator`, training/networks.py. StyleGAN3 has the same. */
export interface StyleGAN2DiscriminatorConfig {
  readonly c_dim: number;
  readonly img_resolution: number;
  readonly img_channels: number;
  readonly architecture?: "orig" | "skip" | "resnet";
  readonly channel_base?: number;
  readonly channel_max?: number;
  readonly conv_clamp?: number | null;
  readonly cmap_dim?: number | null;
  readonly block_kwargs?: {
    readonly activation?: string;
    readonly resample_filter?: readonly number[];
  };
  readonly mapping_kwargs?: MappingConfig;
  readonly epilogue_kwargs?: {
    readonly mbstd_group_size?: number | null;
    readonly mbstd_num_channels?: number;
    readonly activation?: string;
  };
}
