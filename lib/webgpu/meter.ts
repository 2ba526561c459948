import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

/** What the device did between two looks. */
export interface Lap {
  readonly dispatches: number;
  /** Time between the timestamps around each compute pass, summed, in ms; null where none were taken. */
  readonly milliseconds: number | null;
}

/** Counts dispatches, and times compute passes with the device's timestamps. */
export interface Meter {
  /** Forgets what was measured so far. `timed`: take timestamps from here on, where the device has them. */
  start(timed: boolean): void;
  /** What was done since `start`; the device must have finished it. Counts go on from zero. */
  lap(): Promise<Lap>;
}

/** Compute passes that one lap can time: a back end begins a new one every 15 dispatches. */
const MOST_PASSES = 512;

/**
 * Watches a back end from here on. A dispatch is counted when it is recorded. Timestamps are written where a compute
 * pass begins and ends, so they need no readback before the lap is over; browsers round them, most to 0.1 ms.
 *
 * Call it before the back end is used.
 */
export function watch(backend: WebGPUBackend): Meter {
  let dispatches = 0;
  const run = backend.runWebGPUProgram.bind(backend);
  backend.runWebGPUProgram = (...given: Parameters<typeof run>) => {
    dispatches += 1;
    return run(...given);
  };
  const stamps = backend.device.features.has("timestamp-query") ? new Stamps(backend.device) : null;
  return {
    start(timed) {
      if (timed && stamps) {
        // the pass under way has no timestamps, or somebody else's
        backend.ensureCommandEncoderReady();
        backend.endComputePassEncoder();
      }
      stamps?.start(timed);
      dispatches = 0;
    },
    async lap() {
      const counted = dispatches;
      const milliseconds = (await stamps?.read()) ?? null;
      dispatches = 0;
      return { dispatches: counted, milliseconds };
    },
  };
}

/** A pair of timestamps for each compute pass. */
class Stamps {
  #on = false;
  #passes = 0;
  #queries: { readonly set: GPUQuerySet; readonly values: GPUBuffer; readonly staging: GPUBuffer } | null =
    null;
  readonly #encoder: GPUDevice["createCommandEncoder"];

  constructor(private readonly device: GPUDevice) {
    this.#encoder = device.createCommandEncoder.bind(device);
    device.createCommandEncoder = (descriptor) => this.#stamped(this.#encoder(descriptor));
  }

  start(on: boolean): void {
    this.#on = on;
    this.#passes = 0;
  }

  /** Milliseconds in compute passes since the start; null where there are no timestamps, or none to be trusted. */
  async read(): Promise<number | null> {
    const passes = this.#passes;
    this.#passes = 0;
    if (!this.#on || passes === 0 || passes > MOST_PASSES) return null;
    const { set, values, staging } = this.#queries!;
    const encoder = this.#encoder();
    encoder.resolveQuerySet(set, 0, 2 * passes, values, 0);
    encoder.copyBufferToBuffer(values, 0, staging, 0, 16 * passes);
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ, 0, 16 * passes);
    const stamps = new BigUint64Array(staging.getMappedRange(0, 16 * passes).slice(0));
    staging.unmap();
    return millisecondsOf(stamps);
  }

  #stamped(encoder: GPUCommandEncoder): GPUCommandEncoder {
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (descriptor) => {
      if (!this.#on || this.#passes++ >= MOST_PASSES) return begin(descriptor);
      this.#queries ??= this.#create();
      const first = 2 * (this.#passes - 1);
      return begin({
        ...descriptor,
        timestampWrites: {
          querySet: this.#queries.set,
          beginningOfPassWriteIndex: first,
          endOfPassWriteIndex: first + 1,
        },
      });
    };
    return encoder;
  }

  #create() {
    const size = 16 * MOST_PASSES;
    return {
      set: this.device.createQuerySet({ type: "timestamp", count: 2 * MOST_PASSES }),
      values: this.device.createBuffer({
        size,
        usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
      }),
      staging: this.device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ }),
    };
  }
}

/**
 * The sum of the spans between pairs of timestamps.
 * @param stamps beginning and end of each span, in ns
 * @returns ms; null when one ends before it begins, as after a device's clock was reset, or all are zero
 */
export function millisecondsOf(stamps: BigUint64Array): number | null {
  let nanoseconds = 0n;
  for (let i = 0; i < stamps.length; i += 2) {
    if (stamps[i + 1]! < stamps[i]!) return null;
    nanoseconds += stamps[i + 1]! - stamps[i]!;
  }
  if (stamps.every((stamp) => stamp === 0n)) return null;
  return Number(nanoseconds) / 1e6;
}
