import type { GatewayApi } from '../../control/gateway-api.ts';
import { parseCommand } from '../prompt/parse-command.ts';
import { endlessSentence, type InputLine } from '../screen/line-reader.ts';
import { guestCommands, type GuestContext } from '../prompt/guest-commands.ts';
import type { DrawCode } from '../frontend/guest-lines.ts';
import type { Lines } from '../prompt/prompt-command.ts';
import { serverCommands, windowCommands } from './server-commands.ts';

export interface ServerConsoleOptions {
  readonly api: GatewayApi;
  readonly newId: () => string;
  /** Formats a past wall clock time as `5 minutes ago`. */
  readonly agoText: (wallMs: number, nowMs: number) => string;
  readonly drawCode: DrawCode;
}

/** Answers the lines that an operator types in the window of a server. */
export class ServerConsole {
  readonly #context: GuestContext;

  constructor({ api, newId, agoText, drawCode }: ServerConsoleOptions) {
    this.#context = {
      execute: (command) => api.execute(newId(), command),
      guests: () => api.snapshot().snapshot.guests,
      agoText: (wallMs) => agoText(wallMs, Date.now()),
      drawCode,
    };
  }

  /** Returns the lines of the answer. */
  async answer(line: InputLine): Promise<Lines> {
    if (line.type === 'too-long') return ['This line is too long for a command. Type help for the list.'];
    if (line.type === 'endless') return [endlessSentence];
    const parsed = parseCommand(line.text, [...serverCommands, ...guestCommands, ...windowCommands]);
    switch (parsed.type) {
      case 'nothing':
        return [];
      case 'command':
        return parsed.command.run(this.#context, parsed.typed);
      case 'wrong-arguments':
      case 'unknown-word':
        return [parsed.sentence];
      default:
        return parsed satisfies never;
    }
  }
}
