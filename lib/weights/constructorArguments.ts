import { PyTuple, Shell } from "../checkpoint/pickle/values.js";

export type PlainObject = Record<string, unknown>;

/** Arguments that shape a network; what only the training used is left out. */
const KNOWN = new Set([
  ...["z_dim", "c_dim", "w_dim", "img_resolution", "img_channels", "mapping_kwargs", "synthesis_kwargs"],
  ...["num_layers", "embed_features", "layer_features", "activation", "lr_multiplier", "w_avg_beta"],
  ...["channel_base", "channel_max", "num_fp16_res", "architecture", "resample_filter", "conv_clamp"],
  ...[
    "fp16_channels_last",
    "use_noise",
    "num_critical",
    "first_cutoff",
    "first_stopband",
    "last_stopband_rel",
  ],
  ...["margin_size", "output_scale", "conv_kernel", "filter_size", "lrelu_upsampling", "use_radial_filters"],
  ...["magnitude_ema_beta"],
]);

const ENTRIES = /^(mapping_kwargs|synthesis_kwargs)$/;

/** Numbers, text, lists and dictionaries of a pickle as JSON would have them, known arguments only. */
function plain(value: unknown): unknown {
  if (value === null || ["number", "string", "boolean"].includes(typeof value)) return value;
  if (value instanceof PyTuple) return value.items.map(plain);
  if (Array.isArray(value)) return value.map(plain);
  return undefined;
}

function plainArguments(value: unknown): PlainObject {
  const dict = value instanceof Shell ? value.state : value;
  const out: PlainObject = {};
  if (!(dict instanceof Map)) return out;
  for (const [key, item] of dict as Map<unknown, unknown>) {
    if (typeof key !== "string" || !KNOWN.has(key)) continue;
    const argument = ENTRIES.test(key) ? plainArguments(item) : plain(item);
    if (argument !== undefined) out[key] = argument;
  }
  return out;
}

/** TensorFlow's names for what shapes do not tell: [where it goes, its official name]. */
const STATIC: Readonly<Record<string, readonly [string, string]>> = {
  nonlinearity: ["synthesis_kwargs", "activation"],
  conv_clamp: ["synthesis_kwargs", "conv_clamp"],
  mapping_nonlinearity: ["mapping_kwargs", "activation"],
  mapping_lrmul: ["mapping_kwargs", "lr_multiplier"],
};

function staticArguments(value: unknown): PlainObject {
  const dict = value instanceof Shell ? value.state : value;
  const out: Record<string, PlainObject> = {};
  if (!(dict instanceof Map)) return out;
  for (const [name, [group, official]] of Object.entries(STATIC)) {
    const argument = plain((dict as Map<unknown, unknown>).get(name));
    if (argument !== undefined && argument !== null) (out[group] ??= {})[official] = argument;
  }
  return out;
}

/**
 * The arguments a pickled network was constructed with: `_init_kwargs` of NVIDIA's persistent classes, the
 * activations and learning rates among `static_kwargs` of dnnlib's networks. Empty for files that hold tensors only.
 *
 * @param path the network's place: keys joined by dots.
 */
export function constructorArguments(root: unknown, path: string): PlainObject {
  let node = root;
  for (const key of path === "" ? [] : path.split(".")) {
    if (node instanceof PyTuple) node = node.items[["G", "D", "Gs"].indexOf(key)];
    else if (node instanceof Map) node = (node as Map<unknown, unknown>).get(key);
    else return {};
  }
  if (!(node instanceof Shell) || !(node.state instanceof Map)) return {};
  const state = node.state as Map<unknown, unknown>;
  if (node.className === "Network") {
    // StyleGAN1's arguments have other names, and genforce's defaults are its own.
    return Number(state.get("version")) >= 4 ? staticArguments(state.get("static_kwargs")) : {};
  }
  return plainArguments(state.get("_init_kwargs"));
}
