/** Every code that a {@link WringError} may carry; a caller may switch on it. */
export type WringErrorCode =
  | 'E_NOT_ONNX' // the bytes are no ONNX model
  | 'E_NOT_WRG' // the bytes are no .wrg file
  | 'E_VERSION' // a .wrg version that this release cannot read
  | 'E_TRUNCATED' // the bytes end too early
  | 'E_CORRUPT' // a checksum or an inner contradiction
  | 'E_TRAILING' // bytes after the end
  | 'E_RANGE' // an offset or a number outside its range
  | 'E_SHAPE' // dims that do not fit the data, or each other
  | 'E_DATA_TYPE' // a data type that the operation cannot take
  | 'E_NOT_FINITE' // NaN or infinity where a number is needed
  | 'E_EXTERNAL_DATA' // external data missing, too short or with a path that is refused
  | 'E_UNSUPPORTED' // sound, but not something that wring does
  | 'E_OPTION' // an option outside its range
  | 'E_NOT_SMALLER' // the result would be larger than the input
  | 'E_RUNTIME' // onnxruntime refused the model, or is not installed
  | 'E_IO' // the file system refused
  | 'E_LIMIT' // more than a limit that the caller or the host has set
  | 'E_BUSY' // the host has too much to do at the moment
  | 'E_INTERRUPTED'; // the user stopped the work

/**
 * The one error of this library. Its message is one line: what is wrong, where (tensor, byte offset), what was
 * expected, and the way out.
 */
export class WringError extends Error {
  override readonly name = 'WringError';
  readonly code: WringErrorCode;

  constructor(code: WringErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Guards by name and code, not by class, so that a duplicated package does no harm. */
export function isWringError(error: unknown, code?: WringErrorCode): error is WringError {
  if (!(error instanceof Error) || error.name !== 'WringError') return false;
  return code === undefined || (error as WringError).code === code;
}
