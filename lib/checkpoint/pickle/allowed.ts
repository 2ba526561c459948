import { CheckpointError } from "../error.js";
import { bytesSource } from "../source.js";
import { NestedStorage, TORCH_DTYPES, TorchTensor, isStorageType } from "../torch/tensor.js";
import { numpyDtype, numpyFromBuffer, numpyReconstruct, numpyScalar } from "./numpy.js";
import { Global, PyBytes, PyText, PyTuple, Shell, describe, latin1Bytes } from "./values.js";

/** What a name on the allow-list stands for: a token, or a function of ours that builds data. */
export interface Allowed {
  readonly call?: (args: readonly unknown[], offset: number) => unknown;
}

const TOKEN: Allowed = {};
const shell = (className: string): Allowed => ({ call: () => new Shell(className) });

function orderedDict(args: readonly unknown[], offset: number): Map<unknown, unknown> {
  const dict = new Map();
  if (args[0] === undefined) return dict;
  if (!Array.isArray(args[0])) throw new CheckpointError(`a dictionary of ${describe(args[0])}`, offset);
  for (const pair of args[0] as unknown[]) {
    const [key, value] = pair instanceof PyTuple ? pair.items : Array.isArray(pair) ? pair : [];
    if (Array.isArray(key) || key instanceof Map || key instanceof Set || key === undefined) {
      throw new CheckpointError(`${describe(key)} as the key of a dictionary`, offset);
    }
    dict.set(key, value);
  }
  return dict;
}

function setOf(args: readonly unknown[], offset: number): Set<unknown> {
  const [items = []] = args;
  if (!Array.isArray(items)) throw new CheckpointError(`a set of ${describe(items)}`, offset);
  return new Set(items as unknown[]);
}

/** bytes(), as Python 3 writes b"" for Python 2; bytes(text, "latin1") is written as _codecs.encode. */
function emptyBytes(args: readonly unknown[], offset: number): PyBytes {
  if (args.length > 0) throw new CheckpointError("bytes made of something else", offset);
  return new PyBytes(bytesSource(new Uint8Array(0)), 0, 0);
}

function encodeLatin1(args: readonly unknown[], offset: number): PyBytes {
  const [text, encoding] = args;
  if (encoding !== "latin1" && encoding !== "latin-1") {
    throw new CheckpointError(`bytes stored as text in ${describe(encoding)}`, offset);
  }
  if (text instanceof PyText) return new PyBytes(text.source, text.offset, text.length, "utf8");
  if (typeof text !== "string") throw new CheckpointError(`bytes stored as ${describe(text)}`, offset);
  const bytes = latin1Bytes(text, offset);
  return new PyBytes(bytesSource(bytes), 0, bytes.length);
}

/** The objects NVIDIA's `@persistent_class` pickles: their source text comes along, and is left unread. */
function persistentObject(args: readonly unknown[], offset: number): Shell {
  const [meta] = args;
  const fields = meta instanceof Shell ? meta.state : meta;
  if (
    !(fields instanceof Map) ||
    fields.get("type") !== "class" ||
    typeof fields.get("class_name") !== "string"
  ) {
    throw new CheckpointError("a persistent object without its class's name", offset);
  }
  const object = new Shell(fields.get("class_name") as string);
  object.state = fields.get("state") ?? null;
  return object;
}

function nestedStorage(args: readonly unknown[], offset: number): NestedStorage {
  const [content] = args;
  if (!(content instanceof PyBytes) || content.encoding !== "raw") {
    throw new CheckpointError(`a torch storage in ${describe(content)}`, offset);
  }
  return new NestedStorage(content, offset);
}

function rebuildTensor(args: readonly unknown[], offset: number): TorchTensor {
  return TorchTensor.rebuild(args, offset);
}

/** The form with its own dtype, for storages without one. */
function rebuildTensorV3(args: readonly unknown[], offset: number): TorchTensor {
  const dtype = args[6] instanceof Global ? TORCH_DTYPES[args[6].name] : undefined;
  if (!dtype) throw new CheckpointError(`a tensor whose dtype is ${describe(args[6])}`, offset);
  return TorchTensor.rebuild(args, offset, dtype);
}

function rebuildParameter(args: readonly unknown[], offset: number): TorchTensor {
  if (args[0] instanceof TorchTensor) return args[0];
  throw new CheckpointError(`a parameter made of ${describe(args[0])}`, offset);
}

/** copyreg._reconstructor(class, object, None): how protocols 0 and 1 make objects. */
function reconstructor(args: readonly unknown[], offset: number): Shell {
  const [type] = args;
  if (!(type instanceof Global) || !SHELLS.has(String(type))) {
    throw new CheckpointError(`an object of ${describe(type)}`, offset);
  }
  return new Shell(type.name);
}

const SHELLS = new Set(["dnnlib.util.EasyDict", "dnnlib.tflib.network.Network", "argparse.Namespace"]);

/** Every name a pickle may use. A name of more than one part after its module is never looked up part by part. */
const NAMES: ReadonlyMap<string, Allowed> = new Map<string, Allowed>([
  ["collections.OrderedDict", { call: orderedDict }],
  ["copyreg._reconstructor", { call: reconstructor }],
  ["copy_reg._reconstructor", { call: reconstructor }],
  ["_codecs.encode", { call: encodeLatin1 }],
  ...["builtins", "__builtin__"].flatMap((module): [string, Allowed][] => [
    [`${module}.set`, { call: setOf }],
    [`${module}.frozenset`, { call: setOf }],
    [`${module}.bytes`, { call: emptyBytes }],
    [`${module}.object`, TOKEN],
  ]),
  ...["numpy.core", "numpy._core"].flatMap((module): [string, Allowed][] => [
    [`${module}.multiarray._reconstruct`, { call: numpyReconstruct }],
    [`${module}.multiarray.scalar`, { call: numpyScalar }],
    [`${module}.numeric._frombuffer`, { call: numpyFromBuffer }],
  ]),
  ["numpy.ndarray", TOKEN],
  ["numpy.dtype", { call: numpyDtype }],
  ["torch._utils._rebuild_tensor", { call: rebuildTensor }],
  ["torch._utils._rebuild_tensor_v2", { call: rebuildTensor }],
  ["torch._utils._rebuild_tensor_v3", { call: rebuildTensorV3 }],
  ["torch._utils._rebuild_parameter", { call: rebuildParameter }],
  ["torch._utils._rebuild_parameter_with_state", { call: rebuildParameter }],
  ["torch.storage._load_from_bytes", { call: nestedStorage }],
  ["torch.Size", { call: (args) => args[0] }],
  ["torch.device", { call: (args) => args.join(":") }],
  ["torch_utils.persistence._reconstruct_persistent_obj", { call: persistentObject }],
  ["dnnlib.util.EasyDict", shell("EasyDict")],
  ["dnnlib.tflib.network.Network", shell("Network")],
  ["argparse.Namespace", shell("Namespace")],
]);

/** The meaning of a name, or undefined when it is not allowed. */
export function findAllowed(module: string, name: string): Allowed | undefined {
  const known = NAMES.get(`${module}.${name}`);
  if (known && !name.includes(".")) return known;
  if (module === "torch" && (isStorageType(name) || Object.hasOwn(TORCH_DTYPES, name))) return TOKEN;
  if (module === "torch.storage" && isStorageType(name)) return TOKEN;
  return undefined;
}
