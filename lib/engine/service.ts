import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Tap } from "../networks/tap.js";
import type { GrowthWant } from "./growthProtocol.js";
import { isGrowthWant } from "./growthViews.js";
import { isPathWant } from "./pathViews.js";
import { KeptTaps } from "./keptTaps.js";
import { RESULT } from "./keptPass.js";
import type { View, Want } from "./protocol.js";
import { isTapWant, pictureView, statisticsEntry, tapView } from "./views.js";

/** What views need of the network, besides the feature maps. */
export interface ViewSource {
  /** The tap of a resolution's picture; RESULT for the full one. */
  pictureAt(resolution: number): string;
  /** The tap that a layer reads. */
  inputOf(layer: string): string;
  modulationView(want: Extract<Want, { kind: "modulation" }>, input: Tensor4D): Promise<View>;
  /** The taps that a want of the chapter on progressive growing looks at together, and its view of them. */
  growthTaps(want: GrowthWant): readonly string[];
  growthView(want: GrowthWant, taps: ReadonlyMap<string, Tensor4D>): Promise<View>;
}

/** Hands the views of a render over as their taps arrive. */
export class Service {
  /** Taps that the wants need, RESULT for the finished picture. */
  readonly taps: readonly string[];
  /** Whether each resolution's picture is wanted as soon as there is one. */
  readonly progressive: boolean;
  readonly #collected = new Map<Want, Record<string, Awaited<ReturnType<typeof statisticsEntry>>>>();
  readonly #gathered = new KeptTaps<GrowthWant>();

  constructor(
    private readonly all: readonly Want[],
    private readonly send: (view: View) => void,
    private readonly source: ViewSource,
  ) {
    this.taps = [...new Set(all.flatMap((want) => this.#tapsOf(want)))];
    this.progressive = all.some((want) => want.kind === "picture" && want.progressive);
  }

  wants(tap: string): boolean {
    return this.taps.includes(tap);
  }

  /** Makes the views that a tap completes, and sends them. The tensor stays the caller's. */
  async serve(tap: string, tensor: Tensor4D): Promise<void> {
    for (const want of this.all) {
      if (!this.#tapsOf(want).includes(tap)) continue;
      if (isGrowthWant(want)) await this.#gather(want, tap, tensor);
      else if (want.kind === "picture") this.send(await pictureView(tensor, true));
      else if (isTapWant(want)) this.send(await tapView(want, tensor));
      else if (want.kind === "statistics") await this.#collect(want, tap, tensor);
      else if (want.kind === "modulation") this.send(await this.source.modulationView(want, tensor));
    }
  }

  /** Sends the picture of a lower resolution, where it is wanted. */
  async preview(tensor: Tensor4D, full: number): Promise<void> {
    if (this.progressive && tensor.shape[2] < full) this.send(await pictureView(tensor, false));
  }

  async #collect(want: Extract<Want, { kind: "statistics" }>, tap: string, tensor: Tensor4D): Promise<void> {
    const entries = this.#collected.get(want) ?? {};
    this.#collected.set(want, entries);
    entries[tap] = await statisticsEntry(tensor);
    if (want.taps.every((name) => name in entries)) this.send({ kind: "statistics", taps: entries });
  }

  /** Keeps a tap until the others of its want have come. */
  async #gather(want: GrowthWant, tap: string, tensor: Tensor4D): Promise<void> {
    const taps = this.#gathered.add(want, tap, tensor);
    if (!this.#tapsOf(want).every((name) => taps.has(name))) return;
    this.send(await this.source.growthView(want, taps));
    this.#gathered.drop(want);
  }

  /** Frees what is kept for wants that were not completed. */
  dispose(): void {
    this.#gathered.dispose();
  }

  #tapsOf(want: Want): readonly string[] {
    if (isGrowthWant(want)) return this.source.growthTaps(want);
    if (isPathWant(want)) return []; // a pass of its own
    switch (want.kind) {
      case "picture":
        return [want.resolution === undefined ? RESULT : this.source.pictureAt(want.resolution)];
      case "atlas":
      case "channel":
      case "droplet":
        return [want.tap];
      case "statistics":
        return want.taps;
      case "modulation":
        return [this.source.inputOf(want.layer)];
      case "styles":
        return [];
    }
  }
}

/** Whether a tap is a picture on the way to the final one: StyleGAN2's picture so far, StyleGAN1's output. */
export function isPreview({ name, role, tensor }: Tap): boolean {
  return role === "rgb" && !name.endsWith(".torgb") && tensor.shape[3] <= 3;
}
