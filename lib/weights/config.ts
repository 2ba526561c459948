/** Constructor arguments of the official networks, under their official names. What is absent has the default. */

/** genforce `StyleGANGenerator`, models/stylegan_generator.py. */
export interface StyleGAN1Config {
  readonly resolution: number;
  readonly z_space_dim?: number;
  readonly w_space_dim?: number;
  readonly label_size?: number;
  readonly mapping_layers?: number;
  readonly mapping_fmaps?: number;
  readonly mapping_lr_mul?: number;
  readonly repeat_w?: boolean;
  readonly image_channels?: number;
  readonly final_tanh?: boolean;
  readonly const_input?: boolean;
  readonly fused_scale?: boolean | "auto";
  readonly use_wscale?: boolean;
  readonly noise_type?: "spatial" | "channel";
  readonly fmaps_base?: number;
  readonly fmaps_max?: number;
  /** Ours: feature maps by resolution, for networks that follow no base and maximum. */
  readonly channels?: Readonly<Record<number, number>>;
  /**
   * Ours. "rosinality": the bias is added before the blur, instance normalisation has epsilon 1e-5, and both layers of
   * a resolution share one noise image.
   */
  readonly implementation?: "rosinality";
}

export interface MappingConfig {
  readonly num_layers?: number;
  readonly embed_features?: number | null;
  readonly layer_features?: number | null;
  readonly activation?: string;
  readonly lr_multiplier?: number;
  readonly w_avg_beta?: number | null;
}

/** stylegan2-ada-pytorch `SynthesisNetwork` and its blocks, training/networks.py. */
export interface SynthesisConfig {
  readonly channel_base?: number;
  readonly channel_max?: number;
  /** Ours: channels by resolution, for networks that follow no base and maximum. */
  readonly channels?: Readonly<Record<number, number>>;
  readonly num_fp16_res?: number;
  readonly architecture?: "orig" | "skip" | "resnet";
  readonly resample_filter?: readonly number[];
  readonly conv_clamp?: number | null;
  readonly fp16_channels_last?: boolean;
  readonly activation?: string;
  readonly use_noise?: boolean;
}

/** stylegan2-ada-pytorch `Generator`. */
export interface StyleGAN2Config {
  readonly z_dim: number;
  readonly c_dim: number;
  readonly w_dim: number;
  readonly img_resolution: number;
  readonly img_channels: number;
  readonly mapping_kwargs?: MappingConfig;
  readonly synthesis_kwargs?: SynthesisConfig;
}

/** stylegan3 `Generator`, training/networks_stylegan3.py; the arguments of synthesis are not nested. */
export interface StyleGAN3Config {
  readonly z_dim: number;
  readonly c_dim: number;
  readonly w_dim: number;
  readonly img_resolution: number;
  readonly img_channels: number;
  readonly mapping_kwargs?: MappingConfig;
  readonly channel_base?: number;
  readonly channel_max?: number;
  readonly num_layers?: number;
  readonly num_critical?: number;
  readonly first_cutoff?: number;
  readonly first_stopband?: number;
  readonly last_stopband_rel?: number;
  readonly margin_size?: number;
  readonly output_scale?: number;
  readonly num_fp16_res?: number;
  readonly conv_kernel?: number;
  readonly filter_size?: number;
  readonly lrelu_upsampling?: number;
  readonly use_radial_filters?: boolean;
  readonly conv_clamp?: number | null;
  readonly magnitude_ema_beta?: number;
}

export interface ConfigOf {
  readonly stylegan1: StyleGAN1Config;
  readonly stylegan2: StyleGAN2Config;
  readonly stylegan3: StyleGAN3Config;
}

export type Config = ConfigOf[keyof ConfigOf];

/** Side of the square picture a generator makes. */
export function imageResolution(config: Config): number {
  return "img_resolution" in config ? config.img_resolution : config.resolution;
}
