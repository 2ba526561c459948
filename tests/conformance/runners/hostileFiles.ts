import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "../../../lib/checkpoint/error.js";
import { readCheckpoint } from "../../../lib/checkpoint/read.js";
import { loadCase, withPrefix, type LoadedCase } from "../../golden.js";
import { checkCheckpoint, checkStateDict, fileOf } from "../checkpointChecks.js";
import { failure, type Check, type Runner } from "../runner.js";

const SECONDS = 2;
const BYTES = 200e6;

interface HostileFile {
  readonly file: string;
  readonly expect: "refuse" | "load" | "refuse-or-load";
  readonly same_as?: string;
  readonly yields?: string;
}

/** Reads a file and all its arrays: refused or not, as it should be, in time and without much memory. */
async function checkFile(
  { file, expect, same_as, yields = "" }: HostileFile,
  loaded: LoadedCase,
): Promise<Check[]> {
  const bytes = await readFile(fileOf(loaded, file));
  const before = process.memoryUsage();
  const start = performance.now();
  let error: unknown;
  try {
    const checkpoint = await readCheckpoint(new Blob([new Uint8Array(bytes)]));
    for (const array of checkpoint.arrays.values()) await array.read();
  } catch (thrown) {
    error = thrown;
  }
  const seconds = (performance.now() - start) / 1000;
  const after = process.memoryUsage();
  const grown = after.heapTotal + after.arrayBuffers - before.heapTotal - before.arrayBuffers;
  const checks: Check[] = [
    { name: `${file}/seconds`, error: seconds, allowed: SECONDS },
    { name: `${file}/bytes`, error: Math.max(0, grown), allowed: BYTES },
  ];
  const check = (what: string, ok: boolean, note: string): void => {
    checks.push(ok ? { name: `${file}/${what}`, error: 0, allowed: 0 } : failure(`${file}/${what}`, note));
  };
  const refused = error !== undefined;
  const outcome = refused ? `is refused: ${(error as Error).message}` : "loads";
  check("outcome", expect === "refuse-or-load" || refused === (expect === "refuse"), outcome);
  if (refused)
    check("error", error instanceof CheckpointError, `${String(error)} is not the reader's own error`);
  check(
    "effects",
    !existsSync("pwned") && Object.keys(Object.prototype).length === 0,
    "the file had an effect",
  );
  if (refused || same_as === undefined) return checks;
  const original = await loadCase(join(loaded.dir, "..", same_as));
  const same = /statedict/.test(yields)
    ? await checkStateDict(await readCheckpoint(bytes), withPrefix(original.tensors, "statedict/"))
    : await checkCheckpoint(fileOf(loaded, file), original);
  return [...checks, ...same.map((one) => ({ ...one, name: `${file}/${one.name}` }))];
}

export const runners: Runner[] = [
  {
    name: "hostile files",
    accepts: ({ kind }) => kind === "hostile-files",
    async run(loaded) {
      const checks: Check[] = [];
      for (const file of loaded.case.files as unknown as HostileFile[])
        checks.push(...(await checkFile(file, loaded)));
      return checks;
    },
  },
];
