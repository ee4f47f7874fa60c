import type { Attribute, AttributeValue, ByteSource, Graph, Tensor } from '../core/index.js';
import type { ExternalPlace } from './external-data.js';
import type { onnx } from './generated/onnx.js';
import type { StoredPayload } from './payload.js';
import type { Shadowed } from './shadowed.js';

/** A message as it was read, but for the parts that the document holds. */
export interface PreservedMessage<T> {
  readonly message: T;
}

export interface PreservedModel extends PreservedMessage<onnx.ModelProto.$Properties> {
  readonly opsets: ReadonlyMap<string, number>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly training: readonly PreservedTraining[];
}

export interface PreservedTraining extends PreservedMessage<onnx.TrainingInfoProto.$Properties> {
  readonly initialization: Graph | null;
  readonly algorithm: Graph | null;
}

export interface PreservedGraph extends PreservedMessage<onnx.GraphProto.$Properties> {
  /** Initializers that a later one of the same name hides. */
  readonly hidden: readonly Shadowed<Tensor>[];
}

export interface PreservedNode extends PreservedMessage<onnx.NodeProto.$Properties> {
  /** Attributes that a later one of the same name hides. */
  readonly hidden: readonly Shadowed<Attribute>[];
}

export interface PreservedFunction extends PreservedMessage<onnx.FunctionProto.$Properties> {
  /** attribute_proto: attributes with a default. */
  readonly defaults: readonly (readonly [string, Attribute])[];
}

export interface PreservedAttribute extends PreservedMessage<onnx.AttributeProto.$Properties> {
  /** Value fields that are filled although the attribute's type names another. */
  readonly others: readonly AttributeValue[];
}

export interface PreservedTensor extends PreservedMessage<onnx.TensorProto.$Properties> {
  readonly stored: StoredPayload;
  /** The tensor's source as it was read: while it is still that one, the data is written as it was stored. */
  readonly source: ByteSource;
  readonly external: ExternalPlace | null;
}
