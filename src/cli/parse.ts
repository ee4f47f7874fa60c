import { InvalidArgumentError } from 'commander';

/** A commander parser for numbers within a range. */
export function numberBetween(low: number, high: number, integer = false): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high) || (integer && !Number.isInteger(value))) {
      throw new InvalidArgumentError(`Expected ${integer ? 'an integer' : 'a number'} between ${low} and ${high}.`);
    }
    return value;
  };
}

/** Collects a repeated option. */
export function collect(text: string, previous: string[]): string[] {
  return [...previous, text];
}

/** A commander parser for one of several words. */
export function oneOf<T extends string>(name: string, values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new InvalidArgumentError(`Expected ${name} to be one of ${values.join(', ')}.`);
    return found;
  };
}
