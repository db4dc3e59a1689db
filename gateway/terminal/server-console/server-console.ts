import type { GatewayApi } from '../../control/gateway-api.ts';
import { parseCommand } from '../prompt/parse-command.ts';
import { endlessSentence, type InputLine } from '../screen/line-reader.ts';
import type { Lines } from '../prompt/prompt-command.ts';
import { serverCommands, windowCommands } from './server-commands.ts';

/** Answers the lines that an operator types in the window of a server. */
export class ServerConsole {
  readonly #api: GatewayApi;
  readonly #newId: () => string;

  constructor(api: GatewayApi, newId: () => string) {
    this.#api = api;
    this.#newId = newId;
  }

  /** Returns the lines of the answer. */
  async answer(line: InputLine): Promise<Lines> {
    if (line.type === 'too-long') return ['This line is too long for a command. Type help for the list.'];
    if (line.type === 'endless') return [endlessSentence];
    const parsed = parseCommand(line.text, [...serverCommands, ...windowCommands]);
    switch (parsed.type) {
      case 'nothing':
        return [];
      case 'command':
        return parsed.command.run(
          { execute: (command) => this.#api.execute(this.#newId(), command) },
          parsed.typed,
        );
      case 'wrong-arguments':
      case 'unknown-word':
        return [parsed.sentence];
      default:
        return parsed satisfies never;
    }
  }
}
