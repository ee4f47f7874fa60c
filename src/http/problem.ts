import { isWringError, type Logger, type WringErrorCode } from '../core/index.js';

/** Seconds after which a client that found the host busy may ask again. */
const RETRY_AFTER = 5;

/** Who is to blame: the bytes (400, 415, 422), the request (400, 413), or the host (5xx). */
const STATUS: Readonly<Record<WringErrorCode, number>> = {
  E_NOT_ONNX: 415,
  E_NOT_WRG: 415,
  E_VERSION: 422,
  E_TRUNCATED: 400,
  E_CORRUPT: 400,
  E_TRAILING: 400,
  E_RANGE: 422,
  E_SHAPE: 422,
  E_DATA_TYPE: 422,
  E_NOT_FINITE: 422,
  E_EXTERNAL_DATA: 422,
  E_UNSUPPORTED: 422,
  E_OPTION: 400,
  E_NOT_SMALLER: 422,
  E_RUNTIME: 422,
  E_IO: 500,
  E_LIMIT: 413,
  E_BUSY: 503,
  E_INTERRUPTED: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

/**
 * The answer to a request that failed: RFC 9457, with the `code` that the command line gives. What is no WringError is our own
 * mistake: it goes to the log, and nothing of it to the client.
 *
 * @param status where another than the code's own is meant
 */
export function problemOf(error: unknown, logger: Logger, status?: number): Response {
  if (isWringError(error)) return problem(status ?? STATUS[error.code], error.message, error.code);
  logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return problem(500, 'An internal error; the log of the host says which');
}

/** @param code of a {@link WringError}, if it is one */
export function problem(status: number, detail: string, code?: WringErrorCode): Response {
  const body = { type: 'about:blank', title: TITLES[status], status, detail, ...(code ? { code } : {}) };
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  if (status === 503) headers.set('retry-after', String(RETRY_AFTER));
  return new Response(JSON.stringify(body), { status, headers });
}
