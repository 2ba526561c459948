import { checkInterventions, type Subject as NetworkSubject } from "../networks/interventions.js";
import type { Experiment } from "./experiment.js";

/** What of a model an experiment is checked against; the engine's report of a model has it. */
export interface Subject {
  readonly title: string;
  readonly family: string;
  readonly resolution: number;
  readonly wLayers: number;
  /** Of a conditional model; 0 (or left out): unconditional. */
  readonly classes?: number;
  readonly layers: readonly {
    readonly name: string;
    readonly role: string;
    readonly channels: number;
    readonly w: number;
    readonly styleChannels?: number;
  }[];
}

/** The highest level of detail of a StyleGAN1: that of its 4x4 picture. */
export function maxLod(resolution: number): number {
  return Math.log2(resolution) - 2;
}

/**
 * One sentence for each thing that an experiment asks of a model and the model does not have; none for an
 * experiment that can run.
 */
export function checkExperiment(experiment: Experiment, model: Subject): readonly string[] {
  const { classIndex, cutoff, mixing, lod, look, psi } = experiment;
  const { title, wLayers, classes = 0 } = model;
  const sentences: string[] = [];
  if (classIndex > 0 && classIndex >= classes)
    sentences.push(
      classes > 0
        ? `${title} has the classes 0 to ${classes - 1}; there is no class ${classIndex}.`
        : `${title} is not conditional; it cannot show class ${classIndex}.`,
    );
  if (!(psi >= -1 && psi <= 2)) sentences.push(`Psi ${psi} is not within -1 .. 2.`);
  if (cutoff !== null && cutoff > wLayers)
    sentences.push(`The truncation cutoff ${cutoff} is above the ${wLayers} w layers of ${title}.`);
  if (mixing && (mixing.from > mixing.to || mixing.to > wLayers))
    sentences.push(
      `Mixing layers ${mixing.from} to ${mixing.to} is not within the ${wLayers} w layers of ${title}.`,
    );
  if (lod > 0 && model.family !== "stylegan1")
    sentences.push(`Only StyleGAN1 has a level of detail; ${title} cannot show lod ${lod}.`);
  else if (lod > maxLod(model.resolution))
    sentences.push(`Lod ${lod} is above the maximum of ${title}, ${maxLod(model.resolution)}.`);
  sentences.push(...interventionSentences(experiment, model));
  if (look.tap !== null) {
    const layer = model.layers.find(({ name }) => name === look.tap);
    if (!layer)
      sentences.push(`${title} has no layer named "${look.tap}"; choose one such as ${example(model)}.`);
    else if (look.channel !== null && look.channel >= layer.channels)
      sentences.push(
        `Layer ${look.tap} has ${layer.channels} channels; there is no channel ${look.channel}.`,
      );
  }
  return sentences;
}

function interventionSentences({ interventions }: Experiment, model: Subject): string[] {
  const subject = {
    family: model.family,
    numWs: model.wLayers,
    layers: model.layers.map((layer) => ({ ...layer, styleChannels: layer.styleChannels ?? layer.channels })),
  } as unknown as NetworkSubject;
  return interventions.flatMap((intervention) => {
    try {
      checkInterventions([intervention], subject);
      return [];
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return [`Intervention ${text}.`];
    }
  });
}

function example(model: Subject): string {
  return model.layers.find(({ role }) => role === "layer")?.name ?? "none";
}
