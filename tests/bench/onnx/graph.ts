/** Writes ONNX models: a list of nodes and of stored tensors, encoded with protobufjs after the format's own definition. */
import protobuf from "protobufjs";

/** The part of onnx.proto3 that a network of ours needs; field numbers of IR version 8. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message AttributeProto {
    string name = 1; float f = 2; int64 i = 3; bytes s = 4;
    repeated float floats = 7; repeated int64 ints = 8; int32 type = 20;
  }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
    repeated AttributeProto attribute = 5;
  }
  message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message Dimension { int64 dim_value = 1; }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message TensorType { int32 elem_type = 1; TensorShapeProto shape = 2; }
  message TypeProto { TensorType tensor_type = 1; }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message ModelProto {
    int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7;
    repeated OperatorSetIdProto opset_import = 8;
  }
`);
const ModelProto = root.lookupType("ModelProto");

const FLOAT = 1;
const INT64 = 7;
const enum Kind {
  Float = 1,
  Int = 2,
  String = 3,
  Ints = 7,
}

export type Attribute = number | string | readonly number[] | { readonly float: number };

/** A graph under construction. Values are named by strings; `add` gives the name of a node's result. */
export class Graph {
  readonly #nodes: object[] = [];
  readonly #initializers: object[] = [];
  #count = 0;

  /** A stored tensor of float32. */
  constant(data: Float32Array | readonly number[], shape: readonly number[]): string {
    const values = Float32Array.from(data);
    if (values.length !== shape.reduce((product, size) => product * size, 1))
      throw new Error(`${values.length} values do not fill the shape [${shape}]`);
    return this.#store(FLOAT, shape, new Uint8Array(values.buffer));
  }

  /** A stored list of whole numbers, for the operators that take shapes and axes as tensors. */
  integers(values: readonly number[]): string {
    return this.#store(INT64, [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  }

  add(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = `v${this.#count++}`;
    const attribute = Object.entries(attributes).map(([name, value]) => ({ name, ...encoded(value) }));
    this.#nodes.push({ input: inputs, output: [output], name: output, opType: op, attribute });
    return output;
  }

  /** @returns the bytes of a model with one input and one output */
  encode(
    input: { readonly name: string; readonly shape: readonly number[] },
    output: { readonly name: string; readonly shape: readonly number[]; readonly value: string },
  ): Uint8Array {
    const info = ({ name, shape }: { name: string; shape: readonly number[] }) => ({
      name,
      type: { tensorType: { elemType: FLOAT, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
    });
    const last = { input: [output.value], output: [output.name], name: output.name, opType: "Identity" };
    const graph = {
      name: "generator",
      node: [...this.#nodes, last],
      initializer: this.#initializers,
      input: [info(input)],
      output: [info(output)],
    };
    return ModelProto.encode(
      ModelProto.create({
        irVersion: 8,
        producerName: "inside-stylegan",
        graph,
        opsetImport: [{ version: 17 }],
      }),
    ).finish();
  }

  #store(dataType: number, dims: readonly number[], rawData: Uint8Array): string {
    const name = `c${this.#initializers.length}`;
    this.#initializers.push({ name, dims, dataType, rawData });
    return name;
  }
}

function encoded(value: Attribute): object {
  if (typeof value === "number") return { i: value, type: Kind.Int };
  if (typeof value === "string") return { s: new TextEncoder().encode(value), type: Kind.String };
  if ("float" in value) return { f: value.float, type: Kind.Float };
  return { ints: value, type: Kind.Ints };
}
