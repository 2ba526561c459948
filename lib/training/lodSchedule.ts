/** How long each resolution is trained alone, and how long it is faded in. Counts are shown real images. */
export interface LodPhases {
  /** Side of the final picture. */
  readonly resolution: number;
  /** Side of the picture that training starts with. */
  readonly initialResolution: number;
  readonly trainingImages: number;
  readonly transitionImages: number;
}

/** Where progressive growing stands. */
export interface LodState {
  /** Level of detail: 0 is full resolution, each whole step halves it; a fraction is being faded in. */
  readonly lod: number;
  /** Side of the pictures that the networks see. */
  readonly resolution: number;
}

/**
 * The level of detail after a number of shown images.
 *
 * 1. A phase is `trainingImages` at a whole lod, then `transitionImages` in which lod falls by one, linearly.
 * 2. The first phase has the initial resolution; lod ends at 0.
 * 3. The resolution is that of the block being faded in: full resolution / 2^floor(lod).
 *
 * @throws {RangeError} for sides that are no powers of two, or an initial one above the final one
 *
 * Source: Karras et al. 2018, section 2 and appendix A; NVlabs/stylegan, training/training_loop.py.
 */
export function lodAt(shownImages: number, phases: LodPhases): LodState {
  const { resolution, initialResolution, trainingImages, transitionImages } = phases;
  const steps = Math.log2(resolution / initialResolution);
  if (!(Number.isInteger(steps) && steps >= 0))
    throw new RangeError(
      `resolution ${resolution} is not a power of two times the initial one, ${initialResolution}`,
    );
  const duration = trainingImages + transitionImages;
  const phase = duration > 0 ? Math.floor(shownImages / duration) : 0;
  const within = shownImages - phase * duration;
  let lod = steps - phase;
  if (transitionImages > 0) lod -= Math.max(within - trainingImages, 0) / transitionImages;
  lod = Math.max(lod, 0);
  return { lod, resolution: resolution / 2 ** Math.floor(lod) };
}

/** A value for each resolution, and one for those not listed. */
export interface PerResolution {
  readonly base: number;
  readonly at?: Readonly<Record<number, number>>;
}

export function valueAt({ base, at = {} }: PerResolution, resolution: number): number {
  return at[resolution] ?? base;
}

/**
 * Pictures in a batch where none is given: as many more as the picture is smaller than 64x64, in powers of two, up
 * to 64 of them. Source: genforce, runners/controllers/progress_scheduler.py.
 */
export function growingMinibatch(resolution: number, base: number): number {
  return Math.min(64, base * Math.max(1, 64 / resolution));
}

/** Learning rate relative to that of small pictures, where none is given. Source: NVlabs/stylegan, train.py. */
export function growingLearningRate(resolution: number): number {
  if (resolution < 128) return 1;
  return { 128: 1.5, 256: 2 }[resolution] ?? 3;
}

export interface LodScheduleOptions extends LodPhases {
  readonly totalImages: number;
  /** Pictures in a batch of one device at a resolution. */
  readonly minibatch: (resolution: number) => number;
  readonly learningRateScale: (resolution: number) => number;
  /** Devices, each with a batch of its own. */
  readonly devices?: number;
  /** Iterations between two looks at the schedule. */
  readonly minibatchRepeats?: number;
}

/** One iteration of a training run. */
export interface LodIteration extends LodState {
  /** From 1. */
  readonly iteration: number;
  /** Images shown before it. */
  readonly shownImages: number;
  readonly minibatch: number;
  readonly learningRateScale: number;
  /** The optimisers' moments are cleared before it: a phase of training or of fading in begins. */
  readonly optimizerReset: boolean;
}

/** The state of the schedule when it is looked at after a number of shown images. */
export function scheduleAt(
  shownImages: number,
  options: LodScheduleOptions,
): LodState & { readonly minibatch: number; readonly learningRateScale: number } {
  const state = lodAt(shownImages, options);
  return {
    ...state,
    minibatch: options.minibatch(state.resolution),
    learningRateScale: options.learningRateScale(state.resolution),
  };
}

/**
 * The iterations of a progressive training run, in order.
 *
 * 1. The schedule is looked at in the first iteration, then in the first of every `minibatchRepeats`; between, lod,
 *    batch and learning rate stay. As in the official loop the test is `iteration mod repeats = 1`, so with
 *    `minibatchRepeats` 1 it never is looked at again: the picture stops growing.
 * 2. The optimisers start afresh where floor(lod) or ceil(lod) changes.
 * 3. The run has as many iterations as {@link totalIterations} says.
 *
 * Source: genforce, runners/controllers/progress_scheduler.py.
 */
export function* lodIterations(options: LodScheduleOptions): Generator<LodIteration, void> {
  const { devices = 1, minibatchRepeats = 4 } = options;
  const total = totalIterations(options);
  let shownImages = 0;
  let state = scheduleAt(0, options);
  for (let iteration = 1; iteration <= total; iteration++) {
    let optimizerReset = iteration === 1;
    if (iteration > 1 && iteration % minibatchRepeats === 1) {
      const before = state.lod;
      state = scheduleAt(shownImages, options);
      optimizerReset =
        Math.floor(state.lod) !== Math.floor(before) || Math.ceil(state.lod) !== Math.ceil(before);
    }
    yield { ...state, iteration, shownImages, optimizerReset };
    shownImages += state.minibatch * devices;
  }
}

/**
 * The number of iterations of a run, found as the official loop finds it: by counting with the batch sizes of phases
 * that begin with their transition and are looked at every `minibatchRepeats` iterations. It differs by a few
 * iterations from the images that are really shown, and by many where the picture stops growing.
 */
export function totalIterations(options: LodScheduleOptions): number {
  const { resolution, initialResolution, trainingImages, transitionImages, totalImages } = options;
  const { devices = 1, minibatchRepeats = 4, minibatch } = options;
  const steps = Math.log2(resolution / initialResolution);
  let [images, iterations, size] = [0, 0, initialResolution];
  while (images < totalImages) {
    if (iterations % minibatchRepeats === 0) {
      const phase = Math.floor((images + transitionImages) / (trainingImages + transitionImages));
      size = initialResolution * 2 ** Math.min(phase, steps);
    }
    images += minibatch(size) * devices;
    iterations += 1;
  }
  return iterations;
}

/** The schedule of the original TensorFlow code: batch and learning rates by resolution, and a warm-up. */
export interface TrainingScheduleOptions extends LodPhases {
  readonly minibatch?: PerResolution;
  readonly generatorLearningRate?: PerResolution;
  readonly discriminatorLearningRate?: PerResolution;
  /** Images over which the learning rates rise from 0. */
  readonly rampUpImages?: number;
  readonly devices?: number;
  /** Thousands of images between two reports. */
  readonly tick?: PerResolution;
}

const TICKS: PerResolution = {
  base: 160,
  at: { 4: 160, 8: 140, 16: 120, 32: 100, 64: 80, 128: 60, 256: 40, 512: 30, 1024: 20 },
};

/**
 * Lod, batch and learning rates after a number of shown images.
 *
 * 1. Takes lod and resolution from {@link lodAt}.
 * 2. Looks the batch up by resolution and rounds it down to a multiple of the devices.
 * 3. Looks the learning rates up by resolution and multiplies both by the warm-up's share.
 *
 * Source: NVlabs/stylegan, training/training_loop.py, `training_schedule`.
 */
export function trainingSchedule(shownImages: number, options: TrainingScheduleOptions) {
  const { minibatch = { base: 16 }, generatorLearningRate = { base: 0.001 } } = options;
  const { discriminatorLearningRate = { base: 0.001 }, tick = TICKS } = options;
  const { rampUpImages = 0, devices = 1 } = options;
  const state = lodAt(shownImages, options);
  const batch = valueAt(minibatch, state.resolution);
  const warmUp = rampUpImages > 0 ? Math.min(shownImages / rampUpImages, 1) : 1;
  return {
    ...state,
    minibatch: batch - (batch % devices),
    generatorLearningRate: valueAt(generatorLearningRate, state.resolution) * warmUp,
    discriminatorLearningRate: valueAt(discriminatorLearningRate, state.resolution) * warmUp,
    tick: valueAt(tick, state.resolution),
  };
}
