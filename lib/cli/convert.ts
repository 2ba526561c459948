import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { CheckpointError } from "../checkpoint/error.js";
import { fileSource } from "../checkpoint/file.node.js";
import { readCheckpoint } from "../checkpoint/read.js";
import { WeightsError } from "../weights/error.js";
import { modelFromGenerator } from "../weights/fromCheckpoint.js";
import type { WeightDtype } from "../weights/manifest.js";
import { modelId } from "../weights/modelId.js";
import { findGenerator } from "../weights/recognise.js";
import { writeModel } from "../weights/write.js";

const USAGE =
  "usage: npm run convert -- CHECKPOINT OUTDIR [--dtype f32|f16|q8] [--title TEXT] [--id NAME] [--licence TEXT]";

interface Options {
  readonly checkpoint: string;
  readonly outDir: string;
  readonly dtype: WeightDtype;
  readonly title: string;
  readonly id: string;
  readonly licence: string;
}

function parse(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      dtype: { type: "string", default: "f16" },
      title: { type: "string" },
      id: { type: "string" },
      licence: { type: "string", default: "not stated" },
    },
  });
  const [checkpoint, outDir, ...rest] = positionals;
  if (!checkpoint || !outDir || rest.length > 0) throw new WeightsError(USAGE);
  const { dtype } = values;
  if (dtype !== "f32" && dtype !== "f16" && dtype !== "q8") {
    throw new WeightsError(`--dtype ${dtype} is none of f32, f16, q8`);
  }
  const name = basename(checkpoint).replace(/\.[^.]*$/, "");
  const id = values.id ?? modelId(checkpoint);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id)) throw new WeightsError(`--id ${id} may hold a-z, 0-9 and "-" only`);
  return {
    checkpoint,
    outDir: resolve(outDir),
    dtype,
    title: values.title ?? name,
    id,
    licence: values.licence,
  };
}

/**
 * Writes a checkpoint's generator as shards and manifest.json.
 *
 * 1. The checkpoint is read without running anything in it; its generator is recognised and checked.
 * 2. Shards are written one after the other, the manifest last: a folder with a manifest is complete.
 *
 * @returns lines for the terminal.
 * @throws CheckpointError, WeightsError with one clause.
 */
export async function convert(args: string[]): Promise<string[]> {
  const options = parse(args);
  const source = await fileSource(options.checkpoint).catch((error: NodeJS.ErrnoException) => {
    throw new CheckpointError(`${options.checkpoint} cannot be opened (${error.code ?? error.message})`);
  });
  try {
    const found = await findGenerator(await readCheckpoint(source));
    const parameters = await modelFromGenerator(found).parametersFor(found.resolution);
    const written: string[] = [];
    await mkdir(options.outDir, { recursive: true });
    const { id, title, dtype, licence } = options;
    const card = { from: found.title, path: found.path, parameters: found.parameterCount };
    const manifestPath = join(options.outDir, "manifest.json");
    await rm(manifestPath, { force: true });
    let bytes = 0;
    const manifest = await writeModel(
      found.family,
      found.config,
      parameters,
      { id, title, dtype, licence, card },
      async (shard) => {
        await writeFile(join(options.outDir, shard.file), shard.bytes);
        written.push(shard.file);
        bytes += shard.bytes.length;
      },
    );
    await writeFile(manifestPath, `${JSON.stringify(manifest, null, 1)}\n`);
    const where = found.path ? `, ${found.path}` : "";
    return [
      `${found.title}${where}: ${found.family} at ${found.resolution}x${found.resolution}, ${found.parameterCount} parameters`,
      `${written.length} shards, ${(bytes / 2 ** 20).toFixed(2)} MiB as ${dtype} in ${options.outDir}`,
    ];
  } finally {
    await source.close();
  }
}

/** Runs the command and gives its exit status; a refusal is one line on standard error. */
export async function main(args: string[]): Promise<number> {
  try {
    for (const line of await convert(args)) console.log(line);
    return 0;
  } catch (error) {
    const known = error instanceof CheckpointError || error instanceof WeightsError;
    const usage = (error as { code?: string } | null)?.code?.startsWith("ERR_PARSE_ARGS");
    if (!known && !usage) throw error;
    console.error(`convert: ${(error as Error).message}`);
    return 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.slice(2));
}
