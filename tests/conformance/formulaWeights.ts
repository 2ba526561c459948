import { hashNormal } from "../../lib/random/hashNormal.js";
import type { Config } from "../../lib/weights/config.js";
import type { Family, Parameter, Parameters } from "../../lib/weights/parameters.js";
import { parameterShapes } from "../../lib/weights/shapes.js";
import type { Case } from "../golden.js";

interface Rule {
  readonly suffix: string;
  readonly mean: number;
  readonly std: number;
}

/**
 * The parameters of a full-size case, which stores none: float32(mean + std * normal(seed/name, i)), with mean and
 * std from the first rule whose suffix matches. Buffers that are `by_design` or `stored` are left out.
 */
export function formulaWeights(description: Case, family: Family): Parameters {
  const {
    seed,
    rules,
    by_design: designed,
    stored,
  } = description as Case & {
    seed: string;
    rules: readonly Rule[];
    by_design: readonly string[];
    stored: readonly string[];
  };
  const weights = new Map<string, Parameter>();
  for (const [name, shape] of parameterShapes(family, description.config as unknown as Config as never)) {
    if (designed.some((suffix) => name.endsWith(suffix)) || stored.includes(name)) continue;
    const rule = rules.find(({ suffix }) => suffix === "*" || name.endsWith(suffix));
    if (!rule) throw new Error(`no rule fills the parameter ${name}`);
    const size = shape.reduce((a, b) => a * b, 1);
    weights.set(name, { shape, data: hashNormal(`${seed}/${name}`, size, rule.mean, rule.std) });
  }
  return weights;
}
