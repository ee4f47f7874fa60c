import { isFloat, WringError } from '../core/index.js';
import type { RuntimeSession } from '../runtime/runtime.js';

/** The output called `name`, or the first that holds floats. @throws {WringError} E_OPTION, E_UNSUPPORTED */
export function floatOutput(session: RuntimeSession, name?: string): string {
  const names = session.outputs.map((output) => output.name).join(', ');
  const floats = session.outputs.filter((output) => isFloat(output.dataType));
  if (name !== undefined) {
    if (floats.some((output) => output.name === name)) return name;
    throw new WringError('E_OPTION', `The model has no output of floats "${name}"; its outputs are ${names}`);
  }
  const found = floats[0];
  if (!found) throw new WringError('E_UNSUPPORTED', `Expected an output of floats but the model has ${names}`);
  return found.name;
}
