import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { CommandSchema } from '../../../shared/bridge/commands.ts';

/** A line of the input of `--json` (docs/BRIDGE.md): a command, with the id under which it will be answered. */
const CommandLineSchema = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  command: CommandSchema,
});
export type JsonCommand = Static<typeof CommandLineSchema>;

/** The door at which JSON becomes a command; never throws on any text. */
export function parseJsonCommand(text: string): JsonCommand | { readonly error: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { error: 'This line is not JSON.' };
  }
  if (Value.Check(CommandLineSchema, value)) return value;
  const first = Value.Errors(CommandLineSchema, value)[0];
  const where = first === undefined || first.instancePath === '' ? '' : ` (at ${first.instancePath})`;
  return { error: `This line is no command${where}; write {"id": "...", "command": {"type": ...}}.` };
}
