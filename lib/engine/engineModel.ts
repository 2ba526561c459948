import type { Layer } from "../networks/layer.js";
import type { Network } from "../networks/network.js";
import { StyleGAN1 } from "../networks/stylegan1.js";
import { StyleGAN2 } from "../networks/stylegan2.js";
import { StyleGAN3 } from "../networks/stylegan3.js";
import type { StyleGAN1Config, StyleGAN2Config, StyleGAN3Config } from "../weights/config.js";
import type { Model, Progress } from "../weights/model.js";
import { parameterCount } from "../weights/shapes.js";
import { EngineFailure } from "./failure.js";
import type { KeptPass } from "./keptPass.js";
import { Latents } from "./latents.js";
import type { ModelReport } from "./protocol.js";

/** A model in memory: its weights as far as they have arrived, the network, and what is kept of its passes. */
export class EngineModel {
  readonly network: Network;
  readonly latents: Latents;
  readonly report: ModelReport;
  /** Oldest first. */
  readonly kept: KeptPass[] = [];
  #disposed = false;

  constructor(
    readonly id: string,
    private readonly weights: Model,
  ) {
    this.network = networkOf(weights);
    this.latents = new Latents(this.network);
    this.report = reportOf(id, weights, this.network);
  }

  get progress(): Progress {
    return this.weights.progress;
  }

  /**
   * Waits until the blocks up to a resolution can run; the mapping network belongs to the first.
   * @throws {WeightsError} when they cannot be had; asking again tries again
   */
  async load(resolution: number): Promise<void> {
    if (this.network.has(resolution) && this.network.has("mapping")) return;
    const parameters = await this.weights.parametersFor(resolution);
    if (this.#disposed) return; // nobody waits any longer, and nobody would free the tensors
    this.network.add(parameters);
    // Built into tensors, the raw arrays are only weight: 120 MB for config F.
    if (resolution === this.network.resolution) this.weights.release();
  }

  /** Place of a tap in the pass. @throws {EngineFailure} naming the model and the tap that it lacks */
  indexOf(tap: string): number {
    const index = this.network.layers.findIndex(({ name }) => name === tap);
    if (index >= 0) return index;
    const example = this.network.layers.find(({ role }) => role === "layer")!.name;
    throw new EngineFailure(
      "bad-experiment",
      `${this.report.title} has no layer named "${tap}"; choose one such as ${example}.`,
    );
  }

  dispose(): void {
    this.#disposed = true;
    for (const pass of this.kept) pass.dispose();
    this.kept.length = 0;
    this.latents.dispose();
    this.network.dispose();
    this.weights.release();
  }
}

function networkOf({ family, config }: Model): Network {
  switch (family) {
    case "stylegan1":
      return new StyleGAN1(config as StyleGAN1Config);
    case "stylegan2":
      return new StyleGAN2(config as StyleGAN2Config);
    case "stylegan3":
      return new StyleGAN3(config as StyleGAN3Config);
  }
}

/** What a model is made of, without a tensor. @throws {RangeError} when no network can be built from its config */
export function describeWeights(id: string, weights: Model): ModelReport {
  const network = networkOf(weights);
  try {
    return reportOf(id, weights, network);
  } finally {
    network.dispose();
  }
}

function reportOf(
  id: string,
  { manifest, family, config, resolution }: Model,
  network: Network,
): ModelReport {
  return {
    id,
    title: manifest.title,
    family,
    resolution,
    parameters: parameterCount(family, config as never),
    layers: network.layers.map(layerReport),
    wLayers: network.numWs,
    mapping: { z: network.zDim, w: network.wDim, layers: mappingLayers(family, config) },
    classes: network.cDim,
    origin: id.startsWith("reader:")
      ? "reader"
      : manifest.source.kind === "initialise"
        ? "initialised"
        : "trained",
    licence: manifest.licence,
    bytes: manifest.shards.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Layers of the mapping network; where a config is silent, the official default. */
function mappingLayers(family: Model["family"], config: Model["config"]): number {
  if ("mapping_layers" in config) return config.mapping_layers ?? 8;
  const { num_layers } = ("mapping_kwargs" in config && config.mapping_kwargs) || {};
  return num_layers ?? (family === "stylegan3" ? 2 : 8);
}

function layerReport({
  name,
  layer,
  role,
  shape,
  resolution,
  channels,
  w,
  styleChannels,
  multiplyAdds,
  traffic,
}: Layer) {
  return { name, layer, role, shape, resolution, channels, w, styleChannels, multiplyAdds, traffic };
}
