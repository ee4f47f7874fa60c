/** An entry that a later one of the same name hides, and where in the list it stood. */
export interface Shadowed<T> {
  readonly index: number;
  readonly name: string;
  readonly value: T;
}

/** The last entry of each name, in file order, and those that it hides. */
export function splitShadowed<T>(entries: readonly (readonly [string, T])[]): {
  visible: Map<string, T>;
  hidden: Shadowed<T>[];
} {
  const last = new Map(entries.map(([name], index) => [name, index]));
  const isVisible = (_: unknown, index: number) => last.get(entries[index][0]) === index;
  const all = entries.map(([name, value], index) => ({ index, name, value }));
  return { visible: new Map(entries.filter(isVisible)), hidden: all.filter((entry, i) => !isVisible(entry, i)) };
}

/** The whole list again; the entries that can be seen may have changed since. */
export function joinShadowed<T>(visible: ReadonlyMap<string, T>, hidden: readonly Shadowed<T>[] = []): [string, T][] {
  const entries = [...visible];
  for (const { index, name, value } of hidden) entries.splice(index, 0, [name, value]);
  return entries;
}
