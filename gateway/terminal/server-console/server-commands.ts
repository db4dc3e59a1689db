import type { NamesResult } from '../../../shared/bridge/administration.ts';
import { formatQuotas, parseQuotas } from '../../../shared/quotas.ts';
import { executed, type ChatCommand, type Executor, type Lines } from '../prompt/prompt-command.ts';
import { safeLine } from '../text/safe-text.ts';

/** Commands of an operator: in the window of a server, and at the prompt of a user who hosts the chat. */
export const serverCommands: readonly ChatCommand<Executor>[] = [
  {
    word: 'names',
    usage: '[part]',
    help: 'list nicknames and their waiting messages',
    about: 'chat',
    run: names,
  },
  {
    word: 'release',
    usage: '<nick>',
    help: 'free a nickname, so that anyone can take it',
    about: 'chat',
    run: (executor, { nickname }) =>
      executed(executor, { type: 'release-name', nickname }, [
        `${safeLine(nickname)} is free. Everyone will see its next owner as a different person.`,
      ]),
  },
  {
    word: 'quota',
    usage: '[spec]',
    help: 'show or set how much may wait: mailbox=10000,days=30',
    about: 'chat',
    run: quota,
  },
];

async function names(executor: Executor, { text: part }: { readonly text: string }): Promise<Lines> {
  const answer = await executor.execute({ type: 'names', part });
  return answer.status === 'refused' ? [answer.sentence] : nameLines(answer.result, part);
}

/** Keeps the quotas that the text does not name, and prints all of them. */
async function quota(executor: Executor, { text: spec }: { readonly text: string }): Promise<Lines> {
  const answer = await executor.execute({ type: 'quotas' });
  if (answer.status === 'refused') return [answer.sentence];
  const current = answer.result.quotas;
  if (spec === '') return [`quota ${formatQuotas(current)}`];
  const parsed = parseQuotas(spec, current);
  if ('error' in parsed) return [`${safeLine(parsed.error)}.`];
  const { quotas } = parsed;
  return executed(executor, { type: 'set-quotas', quotas }, [`quota ${formatQuotas(quotas)}`]);
}

function nameLines({ names, matching }: NamesResult, part: string): Lines {
  if (matching === 0) {
    return [part === '' ? 'No one has registered yet.' : `No nickname contains ${safeLine(part)}.`];
  }
  const lines = names.map(({ nickname, online, waiting }) => {
    const mail = waiting === 0 ? '' : `, ${waiting} ${waiting === 1 ? 'message' : 'messages'} waiting`;
    return `${safeLine(nickname)}: ${online ? 'online' : 'offline'}${mail}`;
  });
  if (matching === names.length) return lines;
  return [
    ...lines,
    `and ${matching - names.length} more. Type names <part> to list the nicknames that contain <part>.`,
  ];
}
