import type { LayerReport, ModelReport } from "../../lib/engine/protocol.js";
import { convolutions } from "./demodulation-experiments.js";

/** The convolutions that read a feature map: all but the first, which reads the learned constant. */
export function modulatedLayers(model: Pick<ModelReport, "layers">): LayerReport[] {
  return convolutions(model).slice(1);
}

/** The layer that the reader looks at, where it is one of these; else the one given. */
export function layerOfLook(model: ModelReport | null, tap: string | null, fallback: string): string {
  if (!model || tap === null) return fallback;
  const name = tap.split(".").slice(0, 2).join(".");
  return modulatedLayers(model).some((layer) => layer.name === name) ? name : fallback;
}
