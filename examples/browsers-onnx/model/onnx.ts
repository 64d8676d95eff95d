/** Writes models in ONNX's format, a message of protocol buffers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */

/** Numbers of a model's own, row by row. */
export interface Weights {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** One operation; what it takes and gives is named. */
export interface Operation {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly output: string;
}

export interface Model {
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly weights: readonly Weights[];
  readonly input: Pick<Weights, "name" | "shape">;
  readonly output: Pick<Weights, "name" | "shape">;
}

const irVersion = 8;
/** Which edition of the operations: https://github.com/onnx/onnx/blob/main/docs/Operators.md */
const operatorSet = 13;
/** `TensorProto.DataType.FLOAT`. */
const float32 = 1;

export function writeOnnx({ name, operations, weights, input, output }: Model): Uint8Array {
  const graph = message([
    ...operations.map(({ type, inputs, output: result }) =>
      bytesField(1, message([...inputs.map((each) => textField(1, each)), textField(2, result), textField(4, type)])),
    ),
    textField(2, name),
    ...weights.map(({ name: own, shape, values }) =>
      bytesField(
        5,
        message([
          ...shape.map((size) => numberField(1, size)),
          numberField(2, float32),
          textField(8, own),
          // Of the lesser end first, as every machine that browsers run on has them.
          bytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
        ]),
      ),
    ),
    bytesField(11, described(input)),
    bytesField(12, described(output)),
  ]);
  const operators = message([textField(1, ""), numberField(2, operatorSet)]);
  return message([numberField(1, irVersion), bytesField(7, graph), bytesField(8, operators)]);
}

/** A `ValueInfoProto`: a name, and the type of what goes by it. */
function described({ name, shape }: Pick<Weights, "name" | "shape">): Uint8Array {
  const dimensions = message(shape.map((size) => bytesField(1, numberField(1, size))));
  const tensor = message([numberField(1, float32), bytesField(2, dimensions)]);
  return message([textField(1, name), bytesField(2, bytesField(1, tensor))]);
}

/** In groups of seven bits, the lowest first; all but the last say that more follows. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function numberField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return message([Uint8Array.from([...varint((field << 3) | 2), ...varint(bytes.length)]), bytes]);
}

function textField(field: number, text: string): Uint8Array {
  return bytesField(field, new TextEncoder().encode(text));
}

function message(fields: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(fields));
}
