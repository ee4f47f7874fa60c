import type { CodecKernels } from '../decode-kernels.js';
import { referenceDecodeKernels } from './decode-kernels.js';
import { encodeRans } from './rans.js';
import { sumClassCosts } from './sum-class-costs.js';

/** See {@link CodecKernels}. */
export const referenceCodecKernels: CodecKernels = { ...referenceDecodeKernels, encodeRans, sumClassCosts };
