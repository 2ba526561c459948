/** Speed and memory of the checkpoint readers on files of full size: prints a line for each. */
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fileSource } from "../../lib/checkpoint/file.node.js";
import { readCheckpoint } from "../../lib/checkpoint/read.js";
import { bytesSource } from "../../lib/checkpoint/source.js";
import { line, row, type Row } from "./rows.js";
import { largeTensorflowPickle, largeTorchPickle } from "./largeCheckpoints.js";

const TARGET = 150;

const RUNS = 3;

/** Reads every array of a checkpoint, some times over; the best rate in megabytes a second. */
async function speed(bytes: Uint8Array, title: string): Promise<Row> {
  let seconds = Infinity;
  let arrays = 0;
  for (let run = 0; run < RUNS; ++run) {
    const start = performance.now();
    const checkpoint = await readCheckpoint(bytesSource(bytes));
    for (const array of checkpoint.arrays.values()) {
      const data = await array.read();
      if (!(data[0]! < 1)) throw new Error(`${array.name} begins with ${data[0]}`);
    }
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
    arrays = checkpoint.arrays.size;
  }
  const rate = bytes.length / 1e6 / seconds;
  const size = (bytes.length / 1e6).toFixed(0);
  const found = row(
    `reading a ${title} of ${size} MB, ${arrays} arrays, against ${TARGET}`,
    rate,
    TARGET,
    "MB/s",
    1,
    true,
  );
  console.log(line(found));
  return found;
}

/** Reads the averaged generator from disk; the growth of memory as a multiple of the file. */
async function memory(blob: Blob, title: string): Promise<Row> {
  const dir = await mkdtemp(join(tmpdir(), "bench-"));
  try {
    const path = join(dir, "checkpoint.pkl");
    const file = await open(path, "w");
    for (let at = 0; at < blob.size; at += 1 << 24) {
      await file.write(new Uint8Array(await blob.slice(at, at + (1 << 24)).arrayBuffer()));
    }
    await file.close();
    const source = await fileSource(path);
    const before = process.memoryUsage().arrayBuffers;
    const checkpoint = await readCheckpoint(source);
    const kept: Float32Array[] = [];
    let peak = 0;
    for (const [name, array] of checkpoint.arrays) {
      if (/^(G_ema|Gs)\./.test(name)) kept.push(await array.read());
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    await source.close();
    const name = `memory for the generator of a ${title}, ${kept.length} arrays, against the file's size`;
    const found = row(name, peak / 1e6, blob.size / 1e6, "MB", 1.3);
    console.log(line(found));
    return found;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export async function benchCheckpoints(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [title, make] of [
    ["torch pickle", largeTorchPickle],
    ["TensorFlow pickle", largeTensorflowPickle],
  ] as const) {
    const blob = make();
    rows.push(await speed(new Uint8Array(await blob.arrayBuffer()), title));
    rows.push(await memory(blob, title));
  }
  return rows;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await benchCheckpoints();
