/**
 * The four forms of the synthesis network's first layers, (a) to (d), as parts and links of a drawing. It stops
 * after the second convolution: what follows repeats.
 *
 * Source: Karras et al. 2020, figure 2 and section 2.1; our own drawing.
 */

export type VariantKey = "a" | "b" | "c" | "d";

/** Columns of the drawing: what A gives, the weights, the activations, what is added to them. */
export type Lane = "style" | "weight" | "main" | "bias" | "noise";

/** What a part is, for its colour. */
export type Kind = "operation" | "learned" | "style" | "normalise";

export interface Part {
  /** The same in every variant that has the part, so that the drawing can follow it. */
  readonly id: string;
  readonly lane: Lane;
  readonly row: number;
  readonly kind: Kind;
  readonly label: string;
  /** One or two sentences: what the part does. */
  readonly detail: string;
  /** The part of the variant before that this one came out of. */
  readonly from?: string;
}

export interface Link {
  readonly from: string;
  readonly to: string;
}

/** A grey box: in (a) one resolution, from (b) on the stretch in which one style is active. */
export interface Box {
  readonly id: string;
  readonly label: string;
  readonly firstRow: number;
  readonly lastRow: number;
  /** Whether bias and noise are added inside the box. */
  readonly holdsNoise: boolean;
}

export interface Variant {
  readonly key: VariantKey;
  readonly title: string;
  /** What this step changed, one sentence an entry. */
  readonly changes: readonly string[];
  readonly parts: readonly Part[];
  readonly links: readonly Link[];
  readonly boxes: readonly Box[];
}

const MAIN = "main" as const;

const constant = (row = 0): Part => ({
  id: "const",
  lane: MAIN,
  row,
  kind: "learned",
  label: "constant c₁",
  detail: "The learned input: 4 × 4 pixels with 512 channels, the same for every picture.",
});
const convolution = (n: 2 | 3, row: number): Part => ({
  id: `conv${n}`,
  lane: MAIN,
  row,
  kind: "operation",
  label: "conv 3 × 3",
  detail: "A convolution. Each output channel is a weighted sum over all input channels and 3 × 3 pixels.",
});
const weight = (n: 2 | 3, row: number): Part => ({
  id: `w${n}`,
  lane: "weight",
  row,
  kind: "learned",
  label: n === 2 ? "w₂" : "w₃",
  detail:
    "The learned weights of the convolution: 3 × 3 numbers for each pair of an input and an output channel.",
});
const upsample = (row: number): Part => ({
  id: "up",
  lane: MAIN,
  row,
  kind: "operation",
  label: "upsample",
  detail: "Doubles width and height: from 4 × 4 to 8 × 8.",
});
const style = (n: 1 | 2 | 3, row: number, detail: string): Part => ({
  id: `A${n}`,
  lane: "style",
  row,
  kind: "style",
  label: "A",
  detail,
});
const add = (n: 1 | 2 | 3, row: number, biased: boolean): Part[] => {
  const subscript = "₁₂₃"[n - 1]!;
  const noise: Part = {
    id: `B${n}`,
    lane: "noise",
    row,
    kind: "learned",
    label: "B",
    detail: "One noise map for all channels, times a learned strength.",
  };
  const sum: Part = {
    id: `add${n}`,
    lane: MAIN,
    row,
    kind: "operation",
    label: biased ? "+, leaky ReLU" : "+",
    detail: biased
      ? "Adds bias and noise. The activation function follows at once: negative values times 0.2."
      : "Adds the noise. Bias and activation function are there too, the drawing leaves them out.",
  };
  const bias: Part = {
    id: `b${n}`,
    lane: "bias",
    row,
    kind: "learned",
    label: `b${subscript}`,
    detail: "The learned bias: one number per channel.",
    from: `add${n}`,
  };
  return biased ? [sum, bias, noise] : [sum, noise];
};
const adain = (n: 1 | 2 | 3, row: number): Part[] => [
  {
    id: `norm${n}`,
    lane: MAIN,
    row,
    kind: "normalise",
    label: "AdaIN",
    detail:
      "Brings each channel to mean 0 and standard deviation 1, then gives it the style’s scale and shift.",
  },
  style(n, row, "A learned affine map. It turns w into the style: a scale and a shift per channel."),
];
const normalise = (n: 1 | 2 | 3, row: number, what: "mean/std" | "std"): Part => ({
  id: `norm${n}`,
  lane: MAIN,
  row,
  kind: "normalise",
  label: `norm ${what}`,
  detail:
    what === "std"
      ? "Divides each channel by its own standard deviation, measured over the pixels. The mean is divided with it, not subtracted."
      : "Subtracts each channel’s own mean and divides by its own standard deviation, measured over the pixels.",
});
const modulate = (n: 1 | 2, row: number, what: "mean/std" | "std"): Part[] => [
  {
    id: `mod${n}`,
    lane: MAIN,
    row,
    kind: "style",
    label: `mod ${what}`,
    detail:
      what === "std"
        ? "Multiplies each channel by its scale from the style."
        : "Multiplies each channel by its scale from the style and adds its shift.",
    from: `norm${n}`,
  },
  style(
    n,
    row,
    what === "std"
      ? "A learned affine map. It turns w into the style: now one scale per channel."
      : "A learned affine map. It turns w into the style: a scale and a shift per channel.",
  ),
];
const modulateWeights = (n: 1 | 2, row: number): Part[] => [
  {
    id: `mod${n}`,
    lane: "weight",
    row,
    kind: "style",
    label: "mod",
    detail:
      "Equation 1: multiplies all weights that read input channel i by the style’s scale for that channel.",
  },
  style(n, row, "A learned affine map. It turns w into the style: one scale per input channel."),
];
const demodulate = (n: 2 | 3, row: number): Part => ({
  id: `norm${n}`,
  lane: "weight",
  row,
  kind: "normalise",
  label: "demod",
  detail:
    "Equation 3: divides the weights of each output channel by their own norm. It looks at no pixel of the feature map.",
});

/** Parts of the main lane follow one another; the other lanes feed the part that stands beside or below. */
function linkUp(parts: readonly Part[]): Link[] {
  const main = parts.filter((part) => part.lane === MAIN).sort((p, q) => p.row - q.row);
  const chain = main.slice(1).map((part, i) => ({ from: main[i]!.id, to: part.id }));
  const feeds = parts.flatMap((part): Link[] => {
    if (part.lane === MAIN) return [];
    const inRow = (lane: Lane, row: number) => parts.find((p) => p.lane === lane && p.row === row);
    const below = part.lane === "weight" ? inRow("weight", part.row + 1) : undefined;
    const beside = (part.lane === "style" ? inRow("weight", part.row) : undefined) ?? inRow(MAIN, part.row);
    const to = below ?? beside;
    return to ? [{ from: part.id, to: to.id }] : [];
  });
  return [...chain, ...feeds];
}

function variant(
  key: VariantKey,
  title: string,
  changes: readonly string[],
  boxes: readonly Box[],
  ...groups: readonly (Part | readonly Part[])[]
): Variant {
  const parts = groups.flat() as Part[];
  return { key, title, changes, parts, boxes, links: linkUp(parts) };
}

const box = (id: string, label: string, firstRow: number, lastRow: number, holdsNoise: boolean): Box => ({
  id,
  label,
  firstRow,
  lastRow,
  holdsNoise,
});

export const VARIANTS: readonly Variant[] = [
  variant(
    "a",
    "StyleGAN",
    [
      "The network as StyleGAN’s paper draws it. A grey box is one resolution.",
      "Every layer adds noise and ends in AdaIN, which A feeds with the style.",
    ],
    [box("box1", "4 × 4", 0, 5, true), box("box2", "8 × 8", 6, 9, true)],
    constant(),
    add(1, 1, false),
    adain(1, 2),
    convolution(2, 3),
    add(2, 4, false),
    adain(2, 5),
    upsample(6),
    convolution(3, 7),
    add(3, 8, false),
    adain(3, 9),
  ),
  variant(
    "b",
    "StyleGAN, in detail",
    [
      "The same network. Nothing is computed differently from (a).",
      "AdaIN falls into its two halves: normalisation takes a channel’s mean and standard deviation away, modulation gives it new ones.",
      "The grey boxes are redrawn. One box, one style block: the stretch in which one style acts, from its modulation to the next normalisation.",
      "Weights w, biases b and the constant c are written out. See where b and B stand: inside the block, so the style has already scaled what they are added to.",
    ],
    [box("box1", "style block", 3, 6, true), box("box2", "style block", 7, 11, true)],
    constant(),
    add(1, 1, true),
    normalise(1, 2, "mean/std"),
    modulate(1, 3, "mean/std"),
    weight(2, 4),
    convolution(2, 4),
    add(2, 5, true),
    normalise(2, 6, "mean/std"),
    modulate(2, 7, "mean/std"),
    upsample(8),
    weight(3, 9),
    convolution(3, 9),
    add(3, 10, true),
    normalise(3, 11, "mean/std"),
  ),
  variant(
    "c",
    "Revised",
    [
      "Bias and noise move out of the style block. They now act on normalised data, and how much they count no longer depends on the style’s size.",
      "After this move the standard deviation is enough: neither normalisation nor modulation touches the mean any more.",
      "The constant no longer gets bias, noise and normalisation at the start.",
    ],
    [box("box1", "style block", 1, 3, false), box("box2", "style block", 5, 8, false)],
    constant(),
    modulate(1, 1, "std"),
    weight(2, 2),
    convolution(2, 2),
    normalise(2, 3, "std"),
    add(2, 4, true),
    modulate(2, 5, "std"),
    upsample(6),
    weight(3, 7),
    convolution(3, 7),
    normalise(3, 8, "std"),
    add(3, 9, true),
  ),
  variant(
    "d",
    "Weight demodulation",
    [
      "Modulation moves from the activations to the weights. This changes no number: scaling an input channel and scaling the weights that read it are the same.",
      "Normalisation moves to the weights too, and this does change the numbers. It divides by the standard deviation to expect, not by the one measured.",
      "Along the activations there is nothing left but convolutions and sums. No step looks at a feature map as a whole.",
    ],
    [box("box1", "style block", 1, 3, false), box("box2", "style block", 5, 7, false)],
    constant(),
    weight(2, 1),
    modulateWeights(1, 2),
    demodulate(2, 3),
    convolution(2, 3),
    add(2, 4, true),
    upsample(5),
    weight(3, 5),
    modulateWeights(2, 6),
    demodulate(3, 7),
    convolution(3, 7),
    add(3, 8, true),
  ),
];

/** What a reader who cannot see the drawing needs: the activations' path, and what enters it where. */
export function describeVariant({ key, title, parts, links }: Variant): string {
  const main = parts.filter((part) => part.lane === MAIN).sort((p, q) => p.row - q.row);
  const inputsOf = (id: string): string[] =>
    links
      .filter((link) => link.to === id)
      .map((link) => parts.find((part) => part.id === link.from)!)
      .filter((part) => part.lane !== MAIN)
      .map((part) => {
        const before = inputsOf(part.id);
        return before.length > 0 ? `${part.label} of ${before.join(" and ")}` : part.label;
      });
  const steps = main.map((part) => {
    const inputs = inputsOf(part.id);
    return inputs.length > 0 ? `${part.label} (with ${inputs.join(", ")})` : part.label;
  });
  return `(${key}) ${title}: ${steps.join(", then ")}.`;
}
