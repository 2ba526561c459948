import type { BroughtReport, ModelReport } from "../../lib/engine/protocol.js";
import { html } from "../../lib/figure/dom.js";
import { formatBytes, formatCount } from "../../lib/figure/format.js";
import { FAMILY_TITLES } from "../../lib/weights/parameters.js";
import { fitFacts, type ChapterFit } from "./chapter-fit.js";

/** What is known of a file beyond its model; of a kept model, only whose layout it had. */
export type FileFacts = Partial<Omit<BroughtReport, "model">>;

const FORMATS: Record<BroughtReport["format"], string> = {
  pickle: "pickle",
  safetensors: "safetensors",
  "torch-zip": "PyTorch archive",
  "torch-legacy": "PyTorch stream of before 2020",
};

/** What a model is, as a list: all of it is known before anything of it runs. */
export function modelFacts(model: ModelReport, file: FileFacts, fit: ChapterFit): HTMLElement {
  const size = `${model.resolution} × ${model.resolution} pixels`;
  const { runsIn, lacks } = fitFacts(fit);
  const facts: [string, string | Node][] = [
    ["network", FAMILY_TITLES[model.family]],
    ["layout", layoutText(file)],
    [
      "picture",
      file.imageChannels === undefined ? size : `${size}, ${channelsOfPicture(file.imageChannels)}`,
    ],
    ["parameters", `${formatCount(model.parameters)} in the generator`],
    ["channels", channelsText(model.layers)],
    ["classes", model.classes === 0 ? "none: the model is not conditional" : String(model.classes)],
    ["file", fileText(model, file)],
    ["licence", model.licence],
    ["runs", runsIn],
    ["not in", lacks ?? ""],
  ];
  return html(
    "dl",
    { class: "model-facts" },
    ...facts
      .filter(([, about]) => about !== "")
      .map(([term, about]) => html("div", {}, html("dt", {}, term), html("dd", {}, about))),
  );
}

function layoutText({ layout = "", path = "", averaged }: FileFacts): string {
  if (path === "") return layout;
  return `${layout}; generator ${path}${averaged ? ", the moving average of training" : ""}`;
}

function channelsOfPicture(channels: number): string {
  return { 1: "grey", 3: "RGB" }[channels] ?? `${channels} channels`;
}

function fileText({ bytes }: ModelReport, { format, fileBytes }: FileFacts): string {
  if (format === undefined) return `${formatBytes(bytes)}, kept in this browser`;
  return `${formatBytes(fileBytes!)}, ${FORMATS[format]}`;
}

/** Channels of the layers' maps, runs of equal ones together: "512 (4 to 32), 256 (64), 128 (128)". */
export function channelsText(layers: ModelReport["layers"]): string {
  const runs: { channels: number; from: number; to: number }[] = [];
  for (const { role, channels, resolution } of layers) {
    if (role !== "layer") continue;
    const last = runs.at(-1);
    if (last?.channels === channels) last.to = resolution;
    else runs.push({ channels, from: resolution, to: resolution });
  }
  const text = runs.map(
    ({ channels, from, to }) => `${channels} (${from === to ? from : `${from} to ${to}`})`,
  );
  return `${text.join(", ")}; in brackets the maps' sides in pixels`;
}
