/** Checkpoints of full size, as NVIDIA's training loops write them: made here, since none can be shipped. */
import { hashUniform } from "../../lib/random/hashNormal.js";
import { parameterShapes } from "../../lib/weights/shapes.js";

/** Writes the pickle opcodes these files need (protocol 2 to 4). */
class PickleWriter {
  readonly parts: Uint8Array[] = [];

  bytes(...values: number[]): this {
    this.parts.push(Uint8Array.from(values));
    return this;
  }
  u32(opcode: number, value: number): this {
    const out = new DataView(new ArrayBuffer(5));
    out.setUint8(0, opcode);
    out.setUint32(1, value, true);
    this.parts.push(new Uint8Array(out.buffer));
    return this;
  }
  text(text: string): this {
    const utf8 = new TextEncoder().encode(text);
    this.u32(0x58, utf8.length).parts.push(utf8);
    return this;
  }
  int(value: number): this {
    return this.u32(0x4a, value);
  }
  global(module: string, name: string): this {
    this.parts.push(new TextEncoder().encode(`c${module}\n${name}\n`));
    return this;
  }
  payload(parts: readonly Uint8Array[]): this {
    this.u32(
      0x42,
      parts.reduce((sum, { length }) => sum + length, 0),
    ).parts.push(...parts);
    return this;
  }
  tuple(...items: (() => void)[]): this {
    this.bytes(0x28);
    for (const item of items) item();
    return this.bytes(0x74);
  }
  dict(entries: readonly (readonly [string, () => void])[]): this {
    this.bytes(0x7d, 0x28);
    for (const [key, value] of entries) {
      this.text(key);
      value();
    }
    return this.bytes(0x75);
  }
  reduce(): this {
    return this.bytes(0x52);
  }
}

type Shapes = readonly (readonly [string, readonly number[]])[];

const CONFIG = { z_dim: 512, c_dim: 0, w_dim: 512, img_resolution: 1024, img_channels: 3 };
const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Random bytes of some float32 values below 1: slices of one array, its making is not what is measured. */
const NOISE = new Uint8Array(hashUniform("bench", 512 * 512 * 9).buffer);
const elements = (shape: readonly number[]) => NOISE.subarray(0, 4 * count(shape));

/** Generator of config F, and as many convolutions as its discriminator has. */
function networks(): { generator: Shapes; discriminator: Shapes } {
  const generator = [...parameterShapes("stylegan2", CONFIG)];
  const discriminator = generator
    .filter(([name]) => /^synthesis\.b\d+\.(conv\d|torgb)\.(weight|bias)$/.test(name))
    .map(([name, shape]) => [name.replace("synthesis.", ""), shape] as const);
  return { generator, discriminator };
}

/** The old torch stream that holds one storage. */
function legacyStorage(shape: readonly number[]): Uint8Array[] {
  const w = new PickleWriter();
  w.bytes(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);
  w.bytes(0x80, 2).int(1001).bytes(0x2e);
  w.bytes(0x80, 2)
    .dict([["little_endian", () => w.bytes(0x88)]])
    .bytes(0x2e);
  w.bytes(0x80, 2).tuple(
    () => w.text("storage"),
    () => w.global("torch", "FloatStorage"),
    () => w.text("0"),
    () => w.text("cpu"),
    () => w.int(count(shape)),
    () => w.bytes(0x4e),
  );
  w.bytes(0x51, 0x2e);
  w.bytes(0x80, 2, 0x5d).text("0").bytes(0x61, 0x2e);
  const length = new DataView(new ArrayBuffer(8));
  length.setBigInt64(0, BigInt(count(shape)), true);
  return [...w.parts, new Uint8Array(length.buffer), elements(shape)];
}

function torchTensor(w: PickleWriter, shape: readonly number[]): void {
  const sizes = (values: readonly number[]) => () => w.tuple(...values.map((n) => () => w.int(n)));
  const strides = shape.map((_, axis) => count(shape.slice(axis + 1)));
  w.global("torch._utils", "_rebuild_tensor_v2").tuple(
    () =>
      w
        .global("torch.storage", "_load_from_bytes")
        .tuple(() => w.payload(legacyStorage(shape)))
        .reduce(),
    () => w.int(0),
    sizes(shape),
    sizes(strides),
    () => w.bytes(0x89),
    () => w.global("collections", "OrderedDict").tuple().reduce(),
  );
  w.reduce();
}

/** A stylegan2-ada-pytorch snapshot: dictionary of G, D and G_ema, storages nested in the pickle. About 350 MB. */
export function largeTorchPickle(): Blob {
  const { generator, discriminator } = networks();
  const w = new PickleWriter().bytes(0x80, 4);
  const network = (className: string, shapes: Shapes) => () => {
    w.global("torch_utils.persistence", "_reconstruct_persistent_obj").tuple(() =>
      w.dict([
        ["type", () => w.text("class")],
        ["version", () => w.int(6)],
        ["module_src", () => w.text("# ".padEnd(40_000, "x"))],
        ["class_name", () => w.text(className)],
        [
          "state",
          () =>
            w.dict([
              [
                "_parameters",
                () => w.dict(shapes.map(([name, shape]) => [name, () => torchTensor(w, shape)])),
              ],
              ["_buffers", () => w.dict([])],
              ["_modules", () => w.dict([])],
            ]),
        ],
      ]),
    );
    w.reduce();
  };
  w.dict([
    ["G", network("Generator", generator)],
    ["D", network("Discriminator", discriminator)],
    ["G_ema", network("Generator", generator)],
  ]).bytes(0x2e);
  return new Blob(w.parts as Uint8Array<ArrayBuffer>[]);
}

function numpyArray(w: PickleWriter, shape: readonly number[]): void {
  w.global("numpy.core.multiarray", "_reconstruct").tuple(
    () => w.global("numpy", "ndarray"),
    () => w.tuple(() => w.int(0)),
    () => w.payload([Uint8Array.of(98)]),
  );
  w.reduce().tuple(
    () => w.int(1),
    () => w.tuple(...shape.map((n) => () => w.int(n))),
    () => {
      w.global("numpy", "dtype").tuple(
        () => w.text("f4"),
        () => w.bytes(0x89),
        () => w.bytes(0x88),
      );
      w.reduce().tuple(
        () => w.int(3),
        () => w.text("<"),
        () => w.bytes(0x4e),
        () => w.bytes(0x4e),
        () => w.bytes(0x4e),
        () => w.int(-1),
        () => w.int(-1),
        () => w.int(0),
      );
      w.bytes(0x62);
    },
    () => w.bytes(0x89),
    () => w.payload([elements(shape)]),
  );
  w.bytes(0x62);
}

/** A TensorFlow snapshot: (G, D, Gs), each with its variables by TensorFlow's names and layout. About 350 MB. */
export function largeTensorflowPickle(): Blob {
  const { generator, discriminator } = networks();
  const w = new PickleWriter().bytes(0x80, 4);
  const network = (shapes: Shapes) => () => {
    w.global("dnnlib.tflib.network", "Network").bytes(0x29, 0x81);
    const variables = () => {
      w.bytes(0x5d, 0x28);
      for (const [name, shape] of shapes) {
        w.tuple(
          () => w.text(name),
          () => numpyArray(w, shape),
        );
      }
      w.bytes(0x65);
    };
    w.dict([
      ["version", () => w.int(4)],
      ["components", () => w.dict([])],
      ["variables", variables],
    ]).bytes(0x62);
  };
  w.tuple(network(generator), network(discriminator), network(generator)).bytes(0x2e);
  return new Blob(w.parts as Uint8Array<ArrayBuffer>[]);
}
