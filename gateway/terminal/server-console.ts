import { errors } from '../../shared/errors.ts';
import { formatQuotas, parseQuotas } from '../../shared/quotas.ts';
import type { NameEntry, ServerOperator } from '../control/operator.ts';
import { safeLine } from './safe-text.ts';

/** The lines in answer to what the operator of a server has typed. */
export function answerOperator(line: string, operator: ServerOperator): readonly string[] {
  const [command, rest] = splitOnce(line.trim());
  try {
    switch (command) {
      case '':
        return [];
      case 'names':
        return nameLines(operator.names());
      case 'release':
        return [release(rest, operator)];
      case 'quota':
        return [quota(rest, operator)];
      default:
        return operatorHelp;
    }
  } catch (error) {
    if (isRefusalOfDisk(error)) return [errors['storage-failed'].sentence];
    throw error;
  }
}

export const operatorHelp: readonly string[] = [
  'names            who has a nickname here, who is online, and how much waits for them',
  'release <nick>   take a nickname away, so that anybody can have it',
  'quota [spec]     what may wait here: mailbox=10000,mailbox-mib=64,sender=2000,sender-mib=12,days=30',
];

function nameLines(names: readonly NameEntry[]): readonly string[] {
  if (names.length === 0) return ['Nobody has registered yet.'];
  return names.map(({ nickname, online, waiting }) => {
    const mail = waiting === 0 ? '' : `, ${waiting} ${waiting === 1 ? 'message' : 'messages'} waiting`;
    return `${safeLine(nickname)}: ${online ? 'online' : 'offline'}${mail}`;
  });
}

function release(nickname: string, operator: ServerOperator): string {
  if (nickname === '') return 'Write whose nickname: release <nick>.';
  return operator.release(nickname)
    ? `${safeLine(nickname)} is free. Who takes it next is shown to everybody as somebody else.`
    : errors['unknown-name'].sentence;
}

function quota(spec: string, operator: ServerOperator): string {
  if (spec !== '') {
    const parsed = parseQuotas(spec, operator.quotas());
    if ('error' in parsed) return `${safeLine(parsed.error)}.`;
    operator.setQuotas(parsed.quotas);
  }
  return `quota ${formatQuotas(operator.quotas())}`;
}

function isRefusalOfDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'disk-refused';
}

function splitOnce(text: string): [string, string] {
  const space = text.search(/\s/u);
  return space === -1 ? [text, ''] : [text.slice(0, space), text.slice(space).trim()];
}
