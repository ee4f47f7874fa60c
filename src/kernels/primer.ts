/**
 * What the byte model has read before the first byte of any file: the spelling of common nodes in ONNX's protobuf, and of the
 * metadata that `compress` writes, so that a small model does not pay for learning them. Worth 120–320 bytes a file. Part of
 * the format.
 */
export const PRIMER: string =
  '\b\b\x12\x07pytorch\x1a\x052.0.0:\n\x0emain_graph*"\b@\b\x03\b\x03\b\x03\x10\x01B\fconv1.weightJ' +
  '*\x08\x10\x01B\x04biasJ(Z\x1b\n\x05input\x12\x12\n\x10\b\x01\x12\f\n\x07\x12\x05batch\n\x02\b\x03b\x1a\n\x06logits\x12\x10\n\x0e\b\x01B\x04\n\0\x10\r' +
  '\x12?\x12\x01y"\bConstant*\r\n\x05value*\x01t\x10\x07J\b\xff\xff\xff\xff\xa0\x01\x04"\x03Mul"\x03Add"\x06MatMul"\bSoftmax' +
  '*\x0b\n\x04axis\x18\x01\xa0\x01\x02"\tTranspose*\r\n\x04perm@\0@\x02@\x01@\x03\xa0\x01\x07"\tUnsqueeze"\x06Gather"\x05Shape"\x07Reshape"\x06Concat"\x05Slice' +
  '"\x07Flatten"\x04Gemm*\x0f\n\x05alpha\x15\0\0\x80?\xa0\x01\x01*\x0e\n\x04beta\x15\0\0\x80?\xa0\x01\x01*\r\n\x06transB\x18\x01\xa0\x01\x02' +
  '"\x11GlobalAveragePool"\x07MaxPool*\x12\n\tceil_mode\x18\0\xa0\x01\x02' +
  '"\x12BatchNormalization*\x11\n\x07epsilon\x15\xac\xc5\'7\xa0\x01\x01*\x12\n\bmomentum\x15fff?\xa0\x01\x01' +
  '\x0bbn1.running_mean\n\x0fbn1.running_var' +
  '\n\xc6\x01\n\x05input\n\fconv1.weight\n\nconv1.bias\x12\x12/conv1/Conv_output_0\x1a\x0b/conv1/Conv"\x04Conv' +
  '*\x12\n\tdilations@\x01@\x01\xa0\x01\x07*\f\n\x05group\x18\x01\xa0\x01\x02*\x15\n\fkernel_shape@\x03@\x03\xa0\x01\x07' +
  '*\x11\n\x04pads@\x01@\x01@\x01@\x01\xa0\x01\x07*\x10\n\x07strides@\x01@\x01\xa0\x01\x07' +
  '\n/\n\x12/conv1/Conv_output_0\x12\x12/relu/Relu_output_0\x1a\n/relu/Relu"\x04Relu' +
  '{"version":"0.1.0","recipe":{"method":"uniform","quality":75,"seed":1},"input":{"name":".onnx","bytes":1,' +
  '"sha256":"0123456789abcdef"},"noise":0.022,"outputError":0.00,"runtime":"onnxruntime-node 1.30.0","sqnr":[25.1,30.4],' +
  '"onnx":{"sha256":""}}';
