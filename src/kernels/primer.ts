/**
 * What the byte model has read before the first byte of any file: the spelling of a convolution in ONNX's protobuf, so that a
 * small model does not pay for learning it. Worth 50 bytes a file. One ten times as long, with other operators and the metadata
 * that `compress` writes, is worth 240, and makes every decoder 600 bytes larger. Part of the format.
 */
export const PRIMER: string =
  '*\x12\n\tdilations@\x01@\x01\xa0\x01\x07*\f\n\x05group\x18\x01\xa0\x01\x02*\x15\n\fkernel_shape@\x03@\x03\xa0\x01\x07' +
  '*\x11\n\x04pads@\x01@\x01@\x01@\x01\xa0\x01\x07*\x10\n\x07strides@\x01@\x01\xa0\x01\x07';
