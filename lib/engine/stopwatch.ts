import type { Meter } from "../webgpu/meter.js";
import type { Measure } from "./protocol.js";

/** What was measured of a step; see the message that carries it. */
export interface LapReport {
  readonly milliseconds: number;
  readonly dispatches?: number;
  readonly deviceMilliseconds?: number;
}

/** Measures the steps of a pass: by the clock, and by what the device says of itself. */
export class Stopwatch {
  #started = 0;

  constructor(
    private readonly of: {
      readonly settle: () => Promise<void>;
      readonly measure?: Measure;
      readonly meter?: Meter;
    },
  ) {
    this.start();
  }

  /** A step begins; what was done since the last one is nobody's. */
  start(): void {
    this.of.meter?.start(this.of.measure?.timed ?? false);
    this.#started = performance.now();
  }

  /** Waits until the device has done the step, and says what it took. */
  async lap(): Promise<LapReport> {
    await this.of.settle();
    const milliseconds = performance.now() - this.#started;
    const lap = await this.of.meter?.lap();
    return {
      milliseconds,
      ...(lap && { dispatches: lap.dispatches }),
      ...(lap && lap.milliseconds !== null && { deviceMilliseconds: lap.milliseconds }),
    };
  }
}
