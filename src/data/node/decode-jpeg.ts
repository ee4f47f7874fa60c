import { WringError } from '../../core/index.js';
import type { DecodedImage } from './decode-png.js';

/** To RGBA, a byte a channel. @throws {WringError} E_CORRUPT naming the image */
export type DecodeJpeg = (file: Uint8Array, where: string) => DecodedImage;

/** @throws {WringError} E_UNSUPPORTED when jpeg-js is not installed */
export async function importJpeg(holder: string): Promise<DecodeJpeg> {
  try {
    const { default: jpeg } = await import('jpeg-js');
    return (file, where) => {
      try {
        return { ...jpeg.decode(file, { useTArray: true, formatAsRGBA: true }), channels: 4 };
      } catch (cause) {
        throw new WringError('E_CORRUPT', `${where} is no sound JPEG: ${(cause as Error).message}`, { cause });
      }
    };
  } catch (cause) {
    throw new WringError('E_UNSUPPORTED', `"${holder}" holds JPEG images: install a decoder, "npm install jpeg-js"`, {
      cause,
    });
  }
}
