import type { GatewayApi } from '../../control/gateway-api.ts';
import { parseCommand } from '../prompt/parse-command.ts';
import { helpLines, serverRows } from '../command-rows.mjs';
import type { Lines } from '../prompt/prompt-command.ts';
import { serverCommands } from './server-commands.ts';

/** Answers the lines that an operator types in the window of a server. */
export class ServerConsole {
  readonly #api: GatewayApi;
  readonly #newId: () => string;

  constructor(api: GatewayApi, newId: () => string) {
    this.#api = api;
    this.#newId = newId;
  }

  /** Returns the lines of the answer: for an unknown word, the help. */
  async answer(line: string): Promise<Lines> {
    const parsed = parseCommand(line, serverCommands);
    switch (parsed.type) {
      case 'nothing':
        return [];
      case 'command':
        return parsed.command.run(
          { execute: (command) => this.#api.execute(this.#newId(), command) },
          parsed.typed,
        );
      case 'wrong-arguments':
        return [parsed.sentence];
      case 'unknown-word':
        return helpLines(serverRows);
      default:
        return parsed satisfies never;
    }
  }
}
