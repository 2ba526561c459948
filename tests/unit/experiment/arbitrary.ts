import fc from "fast-check";
import type { Experiment } from "../../../lib/experiment/experiment.js";
import type { Intervention } from "../../../lib/networks/interventions.js";

const name = fc.constantFrom("b64.conv0", "layer7", "layer7.normalize", "b4.conv1.noise", "L9_148_1024");
const seed = fc.integer({ min: 0, max: 0xffffffff });
const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((x) => x + 0);
const channel = fc.integer({ min: 0, max: 511 });
const range = fc
  .tuple(fc.integer({ min: 0, max: 18 }), fc.integer({ min: 0, max: 18 }))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

export const intervention: fc.Arbitrary<Intervention> = fc.oneof(
  fc.record({ kind: fc.constant("scaleChannel" as const), tap: name, channel, scale: number, shift: number }),
  fc.record({ kind: fc.constant("zeroChannel" as const), tap: name, channel }),
  fc.record({ kind: fc.constant("capPeaks" as const), tap: name, limit: number }),
  fc.record({
    kind: fc.constant("paint" as const),
    tap: name,
    channel: fc.option(channel),
    centre: fc.tuple(number, number),
    radius: number,
    value: number,
  }),
  fc.record({
    kind: fc.constant("spike" as const),
    tap: name,
    channel: fc.option(channel),
    centre: fc.tuple(number, number),
    radius: number,
    height: number,
  }),
  fc.record({ kind: fc.constant("swapStyle" as const), layers: range, seed }),
  fc.record({
    kind: fc.constant("plane" as const),
    layers: range,
    a: seed,
    b: seed,
    c: seed,
    u: number,
    v: number,
  }),
  fc.record({ kind: fc.constant("styleScale" as const), layers: range, factor: number }),
  fc.record(
    { kind: fc.constant("editStyle" as const), layer: name, channel, scale: number, shift: number },
    { requiredKeys: ["kind", "layer", "channel"] },
  ),
  fc.record({ kind: fc.constant("normalisation" as const), layers: range, on: fc.constant(false as const) }),
  fc.record(
    {
      kind: fc.constant("demodulation" as const),
      layers: range,
      on: fc.constant(false as const),
      instead: fc.constantFrom("deviation" as const, "adain" as const),
    },
    { requiredKeys: ["kind", "layers", "on"] },
  ),
);

export const experiment: fc.Arbitrary<Experiment> = fc.record({
  model: fc.constantFrom("portraits-lite-sg2", "full-sg1", "reader:My FFHQ (1024)"),
  latent: fc.record({ x: number, y: number }),
  classIndex: fc.integer({ min: 0, max: 1000 }),
  psi: fc.double({ noNaN: true, min: -1, max: 2 }).map((x) => x + 0),
  cutoff: fc.option(fc.integer({ min: 0, max: 18 })),
  mixing: fc.option(
    fc.record({ seed, layers: range }).map(({ seed, layers: [from, to] }) => ({ seed, from, to })),
  ),
  noise: fc.record({ mode: fc.constantFrom("const" as const, "random" as const, "none" as const), seed }),
  lod: fc.double({ noNaN: true, min: 0, max: 8 }).map((x) => x + 0),
  interventions: fc.array(intervention, { maxLength: 4 }),
  look: fc.record({ tap: fc.option(name), channel: fc.option(channel) }),
});
