import type { Intervention } from "../networks/interventions.js";
import type { Experiment } from "./experiment.js";
import { seedAt } from "./seedLattice.js";

/** Numbers as a reader says them: at most three places after the point, a true minus sign. */
const say = (value: number) => String(Math.round(value * 1000) / 1000).replace("-", "−");
const layers = ([from, to]: readonly [number, number]) =>
  to - from === 1 ? `layer w[${from}]` : `layers w[${from}] to w[${to - 1}]`;

/** What takes the place of demodulation. */
const INSTEAD = {
  none: "no",
  deviation: "division by the standard deviation instead of",
  adain: "AdaIN's normalisation instead of",
} as const;

/** One intervention as a clause. */
export function describeIntervention(one: Intervention): string {
  switch (one.kind) {
    case "scaleChannel":
      return `${one.tap} channel ${one.channel} times ${say(one.scale)}${one.shift ? ` plus ${say(one.shift)}` : ""}`;
    case "zeroChannel":
      return `${one.tap} channel ${one.channel} set to 0`;
    case "capPeaks":
      return `${one.tap} capped at ${say(one.limit)} standard deviations`;
    case "paint": {
      const where = one.channel === null ? "all channels" : `channel ${one.channel}`;
      const [x, y] = one.centre.map((part) => `${Math.round(part * 100)} %`);
      return `${one.tap}, ${where}: a disc of ${say(one.value)} painted at ${x} across, ${y} down`;
    }
    case "spike": {
      const where = one.channel === null ? "all channels" : `channel ${one.channel}`;
      const [x, y] = one.centre.map((part) => `${Math.round(part * 100)} %`);
      const what = one.height === 0 ? "painted out" : `of ${say(one.height)} standard deviations painted in`;
      return `${one.tap}, ${where}: a spike ${what} at ${x} across, ${y} down`;
    }
    case "swapStyle":
      return `${layers(one.layers)} styled by seed ${one.seed}`;
    case "plane":
      return `${layers(one.layers)} from the plane through seeds ${one.a}, ${one.b} and ${one.c}, at ${say(one.u)}, ${say(one.v)}`;
    case "styleScale":
      return `styles of ${layers(one.layers)} times ${say(one.factor)}`;
    case "editStyle": {
      const parts = [
        one.scale === undefined ? "" : `scale ${say(one.scale)}`,
        one.shift === undefined ? "" : `shift ${say(one.shift)}`,
      ];
      return `${one.layer} channel ${one.channel} with ${parts.filter(Boolean).join(", ")}`;
    }
    case "normalisation":
      return `no normalisation in ${layers(one.layers)}`;
    case "demodulation":
      return `${INSTEAD[one.instead ?? "none"]} demodulation in ${layers(one.layers)}`;
    default:
      return (one as { kind: string }).kind;
  }
}

/**
 * An experiment in words: what a reader who cannot see the figure needs to know of its settings, and what a lab
 * report says under it. Settings that change nothing are left out.
 */
export function describeExperiment(experiment: Experiment): string {
  const { latent, classIndex, psi, cutoff, mixing, noise, lod, interventions, look } = experiment;
  const whole = Number.isInteger(latent.x) && Number.isInteger(latent.y);
  const parts = [
    whole
      ? `seed ${seedAt(latent.x, latent.y)}`
      : `the point ${say(latent.x)}, ${say(latent.y)} of the seed plane`,
  ];
  if (classIndex !== 0) parts.push(`class ${classIndex}`);
  parts.push(
    psi === 1
      ? "no truncation"
      : `truncation ψ ${say(psi)}${cutoff === null ? "" : ` in the first ${cutoff} layers`}`,
  );
  if (mixing && mixing.to > mixing.from)
    parts.push(`${layers([mixing.from, mixing.to])} mixed in from seed ${mixing.seed}`);
  parts.push(
    { const: "stored noise", none: "no noise", random: `noise from seed ${noise.seed}` }[noise.mode],
  );
  if (lod !== 0) parts.push(`level of detail ${say(lod)}`);
  parts.push(...interventions.map(describeIntervention));
  if (look.tap !== null)
    parts.push(`looking at ${look.tap}${look.channel === null ? "" : ` channel ${look.channel}`}`);
  return parts.join("; ");
}
