/** Where the host's arena may begin. Nothing in this module allocates: JavaScript hands out all memory above. */
export function heapBase(): usize {
  return __heap_base;
}
