import type { Family } from "../parameters.js";

/** A tensor that is read when it is wanted. */
export interface LazyParameter {
  readonly shape: readonly number[];
  read(): Promise<Float32Array>;
}

export type LazyParameters = ReadonlyMap<string, LazyParameter>;

/** One way of writing a generator down: whose names, whose layout. */
export interface Dialect {
  /** For the reader: "rosinality StyleGAN2". */
  readonly title: string;
  readonly family: Family;
  /** A name no other dialect has, by which a generator is recognised. */
  readonly signature: string;
  /** The same tensors under the family's official names and in its official layout. */
  translate(tensors: LazyParameters): Map<string, LazyParameter>;
  /** Settings the names and shapes do not tell, as official constructor arguments. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** The same values under another shape of as many elements. */
export function reshaped(tensor: LazyParameter, shape: readonly number[]): LazyParameter {
  return { shape, read: () => tensor.read() };
}

/** Every value through a function. */
export function mapped(tensor: LazyParameter, f: (x: number) => number): LazyParameter {
  return { shape: tensor.shape, read: async () => (await tensor.read()).map(f) };
}

/** Axes in another order: axis i of the result is axis order[i] of the tensor, run backwards where `flip` says so. */
export function permuted(
  tensor: LazyParameter,
  order: readonly number[],
  flip: readonly number[] = [],
): LazyParameter {
  const shape = order.map((axis) => tensor.shape[axis]!);
  const strides = tensor.shape.map((_, axis) => tensor.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const steps = order.map((axis, i) => (flip.includes(i) ? -strides[axis]! : strides[axis]!));
  const start = flip.reduce((sum, i) => sum + (shape[i]! - 1) * strides[order[i]!]!, 0);
  async function read(): Promise<Float32Array> {
    const from = await tensor.read();
    const out = new Float32Array(from.length);
    const index = shape.map(() => 0);
    const last = shape.length - 1;
    for (let i = 0, at = start; i < out.length; ++i) {
      out[i] = from[at]!;
      for (let axis = last; axis >= 0; --axis) {
        at += steps[axis]!;
        if (++index[axis]! < shape[axis]!) break;
        at -= steps[axis]! * shape[axis]!;
        index[axis] = 0;
      }
    }
    return out;
  }
  return { shape, read };
}

/** A rule: names that match are renamed, and their tensors changed. undefined leaves a tensor out. */
export type Rule = readonly [
  pattern: RegExp,
  name: (...groups: string[]) => string | undefined,
  change?: (tensor: LazyParameter) => LazyParameter,
];

/** Applies to each name the first rule that matches all of it; names without a rule are kept as they are. */
export function applyRules(tensors: LazyParameters, rules: readonly Rule[]): Map<string, LazyParameter> {
  const out = new Map<string, LazyParameter>();
  for (const [name, tensor] of tensors) {
    const rule = rules.find(([pattern]) => pattern.test(name));
    if (!rule) {
      out.set(name, tensor);
      continue;
    }
    const [pattern, rename, change] = rule;
    const official = rename(...pattern.exec(name)!.slice(1));
    if (official !== undefined) out.set(official, change ? change(tensor) : tensor);
  }
  return out;
}
