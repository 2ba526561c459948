import type { LayerReport, Progress } from "./protocol.js";

/** What was measured of one step of a pass. */
export interface StepRecord {
  readonly tap: string;
  readonly milliseconds: number;
  readonly dispatches?: number;
  readonly deviceMilliseconds?: number;
}

/** What was measured of a pass over the network's layers. */
export interface PassRecord {
  /** Indices of the first and the last layer that the pass was for, in the model's list. */
  readonly first: number;
  readonly last: number;
  /** Taps that were kept of earlier passes. */
  readonly kept: readonly string[];
  readonly steps: readonly StepRecord[];
  /** What came behind the last tap. */
  readonly finish: Omit<StepRecord, "tap"> | null;
  /** From the request to its last view, readbacks included. */
  readonly milliseconds: number;
}

/** Notes the steps of one pass as the engine reports them. */
export function createRecorder() {
  let pass: Extract<Progress, { kind: "pass" }> | null = null;
  let steps: StepRecord[] = [];
  let finish: PassRecord["finish"] = null;
  return {
    hear(progress: Progress): void {
      if (progress.kind === "pass") [pass, steps, finish] = [progress, [], null];
      else if (progress.kind === "again") pass = null;
      else if (progress.kind === "layer") steps.push(progress);
      else if (progress.kind === "finish") finish = progress;
    },
    /** The record, or null where no pass over the layers was reported. */
    finish(milliseconds: number): PassRecord | null {
      return pass && { first: pass.first, last: pass.last, kept: pass.kept, steps, finish, milliseconds };
    },
  };
}

/** A layer ran; its result was kept of an earlier pass; or the pass had no use for it. */
export type RowState = "ran" | "kept" | "unused";

export interface ProfileRow extends Amounts {
  readonly name: string;
  /** Other taps that were computed with it: `b64.torgb` is added to the picture at once. */
  readonly also: readonly string[];
  readonly state: RowState;
}

/** Zeros for a row that did not run; dispatches are null where the back end has none. */
export interface Amounts {
  readonly milliseconds: number;
  readonly multiplyAdds: number;
  readonly bytes: number;
  readonly dispatches: number | null;
}

export interface Profile {
  readonly rows: readonly ProfileRow[];
  /** Sums of the rows. */
  readonly total: Amounts;
  /** Whose time it is: the device's timestamps, or the clock between two taps. */
  readonly clock: "device" | "wall";
}

/** Bytes of a float32. */
const BYTES = 4;

/**
 * Layer by layer, what a pass cost.
 *
 * 1. One row for each layer and each picture, in the order in which they run. Inner taps belong to their layer, and
 *    StyleGAN2's `b64.torgb` to `b64.img`, with which it is computed.
 * 2. Times are the device's when it has timed every step, else the clock's; the two are never mixed.
 * 3. Multiply-adds and bytes are those of the layer's definition, see {@link LayerReport}; bytes as float32.
 * 4. A layer before the first that ran is kept if the pass goes on from it or from what came of it; any other that
 *    did not run is unused.
 * 5. Where the last picture is smaller than the network's, its enlarging is a row of its own.
 *
 * @param layers the model's list
 */
export function profileOf(layers: readonly LayerReport[], record: PassRecord): Profile {
  const { first, last, kept, steps, finish } = record;
  const clock = [...steps, finish].every((step) => step === null || timed(step)) ? "device" : "wall";
  const names = new Set(layers.map(({ name }) => name));
  const byRow = new Map<string, StepRecord[]>();
  const place = new Map(layers.map((layer) => [layer.name, rowOf(layer, names)]));
  for (const step of steps) {
    const row = place.get(step.tap) ?? step.tap;
    byRow.set(row, [...(byRow.get(row) ?? []), step]);
  }
  const rows = layers.flatMap((layer, index): ProfileRow[] => {
    if (rowOf(layer, names) !== layer.name) return [];
    const members = layers.filter((one) => rowOf(one, names) === layer.name && one.role !== "inner");
    const also = members.map(({ name }) => name).filter((name) => name !== layer.name);
    const own = byRow.get(layer.name);
    if (own) return [{ name: layer.name, also, state: "ran", ...amounts(own, members, clock) }];
    const usable =
      index < first && index <= last && (goesOn(layer) || kept.includes(layer.name) || index === first - 1);
    return [{ name: layer.name, also, state: usable ? "kept" : "unused", ...NOTHING }];
  });
  if (finish && enlarges(layers, rows))
    rows.push({ name: "enlarging", also: [], state: "ran", ...amounts([finish], [], clock) });
  return { rows, total: sum(rows), clock };
}

const NOTHING: Amounts = { milliseconds: 0, multiplyAdds: 0, bytes: 0, dispatches: 0 };

/** Sums of rows; dispatches are unknown where one row's are. */
export function sum(rows: readonly Amounts[]): Amounts {
  return rows.reduce<Amounts>(
    (total, row) => ({
      milliseconds: total.milliseconds + row.milliseconds,
      multiplyAdds: total.multiplyAdds + row.multiplyAdds,
      bytes: total.bytes + row.bytes,
      dispatches:
        total.dispatches === null || row.dispatches === null ? null : total.dispatches + row.dispatches,
    }),
    NOTHING,
  );
}

/** Least bytes that a layer moves: what it reads, its kernel, what it writes, each once, as float32. */
export function bytesOf({ traffic }: Pick<LayerReport, "traffic">): number {
  return traffic ? BYTES * (traffic.read + traffic.kernel + traffic.written) : 0;
}

/** The device has timed a step, or had nothing to do in it. */
function timed({ deviceMilliseconds, dispatches }: Omit<StepRecord, "tap">): boolean {
  return deviceMilliseconds !== undefined || dispatches === 0;
}

/** The row that a layer belongs to. */
function rowOf({ name, layer, role }: LayerReport, names: ReadonlySet<string>): string {
  if (role === "inner") return layer ?? name.slice(0, name.lastIndexOf("."));
  const picture = name.replace(/\.torgb$/, ".img");
  return names.has(picture) ? picture : name;
}

/** Later layers depend on it: StyleGAN1's pictures of lower resolutions lead nowhere. */
function goesOn({ role, name }: LayerReport): boolean {
  return role === "layer" || name.endsWith(".img");
}

function amounts(
  steps: readonly Omit<StepRecord, "tap">[],
  members: readonly LayerReport[],
  clock: Profile["clock"],
): Amounts {
  const total = sum(
    steps.map(({ milliseconds, deviceMilliseconds = 0, dispatches = null }) => ({
      milliseconds: clock === "device" ? deviceMilliseconds : milliseconds,
      multiplyAdds: 0,
      bytes: 0,
      dispatches,
    })),
  );
  const multiplyAdds = members.reduce((all, layer) => all + layer.multiplyAdds, 0);
  return { ...total, multiplyAdds, bytes: members.reduce((all, layer) => all + bytesOf(layer), 0) };
}

/** Whether the last picture that was made is smaller than the network's. */
function enlarges(layers: readonly LayerReport[], rows: readonly ProfileRow[]): boolean {
  const made = rows.findLast(({ name, state }) => state === "ran" && /^output/.test(name));
  const largest = Math.max(...layers.map(({ resolution }) => resolution));
  return made !== undefined && layers.find(({ name }) => name === made.name)!.resolution < largest;
}
