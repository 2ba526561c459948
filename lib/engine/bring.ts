import { readCheckpoint } from "../checkpoint/read.js";
import { modelFromGenerator } from "../weights/fromCheckpoint.js";
import type { Model, Progress } from "../weights/model.js";
import { findGenerator } from "../weights/recognise.js";
import { describeWeights } from "./engineModel.js";
import { EngineFailure, failureOf, isAbort } from "./failure.js";
import type { BroughtReport } from "./protocol.js";

export interface BringEffects {
  readonly signal: AbortSignal;
  /** Bytes of the file looked through. */
  readonly onFile: (progress: Progress) => void;
  /** Later, while the weights are read. */
  readonly onWeights: (progress: Progress) => void;
}

/**
 * Looks into a reader's checkpoint.
 *
 * 1. The file is read in slices: its structure, none of its weights. Nothing in it is run.
 * 2. Its generator is recognised by names and shapes.
 * 3. The model reads its weights from the file when a pass first needs them.
 *
 * @param id the model's: `reader:<name>`
 * @throws {EngineFailure} "bad-file", with one sentence that says what is wrong and where
 */
export async function bring(
  id: string,
  file: File,
  { signal, onFile, onWeights }: BringEffects,
): Promise<{ weights: Model; report: BroughtReport }> {
  try {
    const checkpoint = await readCheckpoint(file, { signal, onProgress: onFile });
    const found = await findGenerator(checkpoint);
    const title = file.name.replace(/\.[^.]*$/, "") || found.title;
    const weights = modelFromGenerator(found, { title, onProgress: onWeights });
    const { config } = found;
    const report = {
      model: { ...describeWeights(id, weights), bytes: file.size },
      format: checkpoint.format,
      fileBytes: file.size,
      layout: found.title,
      path: found.path,
      averaged: found.averaged,
      imageChannels: "img_channels" in config ? config.img_channels : (config.image_channels ?? 3),
    };
    return { weights, report };
  } catch (error) {
    if (isAbort(error)) throw error;
    const failure = failureOf(error);
    // Here, weights that cannot be used and sizes that make no sense are the file's fault.
    const ofFile = failure.kind === "download" || failure.kind === "bad-experiment";
    throw ofFile ? new EngineFailure("bad-file", failure.sentence, { cause: error }) : failure;
  }
}
