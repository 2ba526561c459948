import { DEFAULT_EXPERIMENT, type Experiment } from "./experiment.js";
import {
  readClassIndex,
  readCutoff,
  readLatent,
  readLod,
  readLook,
  readMixing,
  readModel,
  readNoise,
  readPsi,
} from "./fields.js";
import { readIntervention } from "./interventionCodec.js";

export interface ReadExperiment {
  readonly experiment: Experiment;
  /** One sentence for each part that could not be used; the base's value stands in for it. */
  readonly problems: readonly string[];
}

export const READERS: { readonly [Key in keyof Experiment]: (value: unknown) => Experiment[Key] } = {
  model: readModel,
  latent: readLatent,
  classIndex: readClassIndex,
  psi: readPsi,
  cutoff: readCutoff,
  mixing: readMixing,
  noise: readNoise,
  lod: readLod,
  interventions: (value) => {
    if (!Array.isArray(value)) throw new RangeError("interventions are no list");
    return value.map(readIntervention);
  },
  look: readLook,
};

/**
 * Reads an experiment from JSON: a saved one, a lecture step, a lab's set-up.
 *
 * 1. Text that is no JSON, and a value that is no object, give the base and a sentence.
 * 2. Each known part is checked by itself; a bad one gives the base's value and a sentence.
 * 3. Unknown parts give a sentence.
 */
export function readExperiment(value: unknown, base: Experiment = DEFAULT_EXPERIMENT): ReadExperiment {
  let parts = value;
  if (typeof value === "string") {
    try {
      parts = JSON.parse(value);
    } catch {
      return { experiment: base, problems: ["The experiment is no valid JSON; the defaults are shown."] };
    }
  }
  if (typeof parts !== "object" || parts === null || Array.isArray(parts))
    return { experiment: base, problems: ["The experiment is no JSON object; the defaults are shown."] };
  return assemble(
    Object.entries(parts).map(([key, part]) => [key, () => part]),
    base,
  );
}

/** Reads each part, replacing those that cannot be read by the base's. */
export function assemble(
  parts: readonly (readonly [key: string, value: () => unknown])[],
  base: Experiment,
): ReadExperiment {
  const problems: string[] = [];
  const experiment: Record<string, unknown> = { ...base };
  for (const [key, value] of parts) {
    try {
      if (!Object.hasOwn(READERS, key)) throw new RangeError(`"${key}" is no part of an experiment`);
      experiment[key] = READERS[key as keyof Experiment](value());
    } catch (error) {
      problems.push(problemSentence(error, Object.hasOwn(READERS, key)));
    }
  }
  return { experiment: experiment as unknown as Experiment, problems };
}

function problemSentence(error: unknown, known: boolean): string {
  const clause = error instanceof Error ? error.message : String(error);
  const start = clause.charAt(0).toUpperCase() + clause.slice(1);
  return known ? `${start}; the default is shown instead.` : `${start} and was left out.`;
}
