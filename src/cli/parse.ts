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
