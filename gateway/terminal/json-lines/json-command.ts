import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { CommandSchema } from '../../../shared/bridge/commands.ts';

/** An input line of `--json` (docs/BRIDGE.md): a command with the id of its answer. */
const CommandLineSchema = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  command: CommandSchema,
});
export type JsonCommand = Static<typeof CommandLineSchema>;

/** Parses a line into a command. Never throws, whatever the text. */
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
  return { error: `This line is not a command${where}. Write {"id": "...", "command": {"type": ...}}.` };
}
