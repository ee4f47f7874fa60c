import type { AttributeValue, Node } from '../../../src/core/index.js';

/** An attribute of kind int, ints or float as numbers. */
export function numbers(node: Node, name: string, fallback: readonly number[]): readonly number[] {
  const attribute = node.attributes.get(name);
  if (attribute?.kind === 'ints') return attribute.value.map(Number);
  if (attribute?.kind === 'int') return [Number(attribute.value)];
  if (attribute?.kind === 'float') return [attribute.value];
  return fallback;
}

export function text(node: Node, name: string, fallback: string): string {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'string' ? new TextDecoder().decode(attribute.value) : fallback;
}

/** Attributes from plain values: whole numbers are ints unless they are named in `floats`. */
export function attributesOf(
  values: Readonly<Record<string, number | string | readonly number[]>>,
  floats: readonly string[] = [],
): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]): [string, AttributeValue] => {
      if (typeof value === 'string') return [name, { kind: 'string', value: new TextEncoder().encode(value) }];
      if (typeof value !== 'number') return [name, { kind: 'ints', value: value.map(BigInt) }];
      const isFloat = floats.includes(name) || !Number.isInteger(value);
      return [name, isFloat ? { kind: 'float', value } : { kind: 'int', value: BigInt(value) }];
    }),
  );
}
