// What a decoder needs and nothing more: this module travels with every reader of a .wrg file.
export { heapBase } from "./shared/heap";
export { decodeBytes, openBytes } from "./kernels/byte-decode";
export { crc32 } from "./kernels/crc32";
export { fillClasses } from "./kernels/fill-classes";
export { lookUpFloats } from "./kernels/look-up-floats";
export { decodeRans } from "./kernels/rans-decode";
