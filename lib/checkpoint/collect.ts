import type { LazyArray } from "./checkpoint.js";
import { CheckpointError } from "./error.js";
import { NumpyArray } from "./pickle/numpy.js";
import { PyTuple, Shell } from "./pickle/values.js";
import { TorchTensor } from "./torch/tensor.js";

/** Deeper than any network: modules of modules take three levels each. */
const MAX_DEPTH = 64;
/** Containers looked into; the largest training checkpoints hold some ten thousand. */
const MAX_CONTAINERS = 50_000;

type Child = readonly [name: string, value: unknown];

/** The members of a pickled torch module: parameters, buffers that are saved, and modules. */
function moduleMembers(state: Map<unknown, unknown>): Child[] {
  const transient = state.get("_non_persistent_buffers_set");
  const out: Child[] = [];
  for (const kind of ["_parameters", "_buffers", "_modules"]) {
    const members = state.get(kind);
    if (!(members instanceof Map)) continue;
    for (const [name, value] of members as Map<unknown, unknown>) {
      const skipped = kind === "_buffers" && transient instanceof Set && transient.has(name);
      if (!skipped && typeof name === "string") out.push([name, value]);
    }
  }
  return out;
}

/** The variables of a dnnlib network and of its components, by their TensorFlow names. */
function networkMembers(state: Map<unknown, unknown>): Child[] {
  const out: Child[] = [];
  const components = state.get("components");
  const inner = components instanceof Shell ? components.state : components;
  if (inner instanceof Map) for (const [name, value] of inner) out.push([String(name), value]);
  const variables = state.get("variables");
  if (Array.isArray(variables)) {
    for (const entry of variables as unknown[]) {
      const [name, value] = entry instanceof PyTuple ? entry.items : [];
      if (typeof name === "string") out.push([name, value]);
    }
  }
  return out;
}

function children(value: unknown): Child[] | undefined {
  if (Array.isArray(value)) return value.map((item, i): Child => [String(i), item]);
  if (value instanceof PyTuple) {
    // The three networks of a TensorFlow snapshot have no names in the file, only their order.
    const networks =
      value.items.length === 3 && value.items.every((v) => v instanceof Shell && v.className === "Network");
    return value.items.map((item, i): Child => [networks ? ["G", "D", "Gs"][i]! : String(i), item]);
  }
  if (value instanceof Map) {
    return [...value].map(([key, item]): Child => [typeof key === "object" ? "?" : String(key), item]);
  }
  if (!(value instanceof Shell) || !(value.state instanceof Map)) return undefined;
  const state = value.state as Map<unknown, unknown>;
  if (value.className === "Network") return networkMembers(state);
  if (state.has("_modules")) return moduleMembers(state);
  return children(state);
}

/**
 * All arrays of a value, by path: keys, indices and the names of modules, joined by dots.
 *
 * @throws CheckpointError when the value is nested deeper, or unfolds to more, than any checkpoint.
 */
export function collectArrays(root: unknown): Map<string, LazyArray> {
  const arrays = new Map<string, LazyArray>();
  let containers = 0;
  const pending: { path: string; value: unknown; depth: number }[] = [{ path: "", value: root, depth: 0 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { path, value, depth } = next;
    if (value instanceof TorchTensor || value instanceof NumpyArray) {
      if (value instanceof TorchTensor) value.check();
      const { shape, dtype } = value;
      arrays.set(path, { name: path, shape, dtype, read: () => value.read() });
      continue;
    }
    const members = typeof value === "object" && value !== null ? children(value) : undefined;
    if (!members) continue;
    if (depth >= MAX_DEPTH) throw new CheckpointError(`the checkpoint is nested more than ${MAX_DEPTH} deep`);
    if (++containers > MAX_CONTAINERS) throw new CheckpointError("the checkpoint unfolds without end");
    for (let i = members.length - 1; i >= 0; --i) {
      const [name, member] = members[i]!;
      if (typeof member !== "object" || member === null) continue;
      pending.push({ path: path ? `${path}.${name}` : name, value: member, depth: depth + 1 });
    }
  }
  return arrays;
}
