import type { Answer, AnswerTo, Command } from '../../../shared/bridge/commands.ts';
import { resultOf } from '../../../shared/command-result.ts';
import type { NamesResult } from '../../../shared/bridge/administration.ts';
import { formatQuotas, parseQuotas } from '../../../shared/quotas.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import { safeLine } from '../text/safe-text.ts';

/** What whoever runs a server types: in its own window, or at the prompt of somebody who hosts. */
export class ServerConsole {
  readonly #api: GatewayApi;
  readonly #newId: () => string;

  constructor(api: GatewayApi, newId: () => string) {
    this.#api = api;
    this.#newId = newId;
  }

  /** The lines in answer. */
  async answer(line: string): Promise<readonly string[]> {
    const [command, rest] = splitOnce(line.trim());
    switch (command) {
      case '':
        return [];
      case 'names':
        return this.#names(rest);
      case 'release':
        return [await this.#release(rest)];
      case 'quota':
        return [await this.#quota(rest)];
      default:
        return serverConsoleHelp;
    }
  }

  async #names(part: string): Promise<readonly string[]> {
    const answer = await this.#execute({ type: 'names', part });
    const found = resultOf(answer);
    return found === undefined ? refusalIn(answer) : nameLines(found, part);
  }

  async #release(nickname: string): Promise<string> {
    if (nickname === '') return 'Write whose nickname: release <nick>.';
    const answer = await this.#execute({ type: 'release-name', nickname });
    return (
      refusalIn(answer)[0] ??
      `${safeLine(nickname)} is free. Who takes it next is shown to everybody as somebody else.`
    );
  }

  async #quota(spec: string): Promise<string> {
    const asked = await this.#execute({ type: 'quotas' });
    const current = resultOf(asked)?.quotas;
    if (current === undefined) return refusalIn(asked)[0] ?? '';
    if (spec === '') return `quota ${formatQuotas(current)}`;
    const parsed = parseQuotas(spec, current);
    if ('error' in parsed) return `${safeLine(parsed.error)}.`;
    const answer = await this.#execute({ type: 'set-quotas', quotas: parsed.quotas });
    return refusalIn(answer)[0] ?? `quota ${formatQuotas(parsed.quotas)}`;
  }

  #execute<C extends Command>(command: C): Promise<AnswerTo<C>> {
    return this.#api.execute(this.#newId(), command);
  }
}

export const serverConsoleHelp: readonly string[] = [
  'names [part]     who has a nickname here, who is online, and how much waits for them',
  'release <nick>   take a nickname away, so that anybody can have it',
  'quota [spec]     what may wait here: mailbox=10000,mailbox-mib=64,sender=2000,sender-mib=12,days=30',
];

function nameLines({ names, matching }: NamesResult, part: string): readonly string[] {
  if (matching === 0)
    return [part === '' ? 'Nobody has registered yet.' : `Nobody here is called ${safeLine(part)}.`];
  const lines = names.map(({ nickname, online, waiting }) => {
    const mail = waiting === 0 ? '' : `, ${waiting} ${waiting === 1 ? 'message' : 'messages'} waiting`;
    return `${safeLine(nickname)}: ${online ? 'online' : 'offline'}${mail}`;
  });
  if (matching === names.length) return lines;
  return [
    ...lines,
    `and ${matching - names.length} more: names <part> finds those with that in their nickname.`,
  ];
}

function refusalIn(answer: Answer): readonly string[] {
  return answer.status === 'refused' ? [answer.sentence] : [];
}

function splitOnce(text: string): [string, string] {
  const space = text.search(/\s/u);
  return space === -1 ? [text, ''] : [text.slice(0, space), text.slice(space).trim()];
}
