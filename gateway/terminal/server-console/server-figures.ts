import type { Traffic } from '../../../shared/bridge/administration.ts';
import { sizeText } from '../text/size-text.ts';
import type { Executor, Lines } from '../prompt/prompt-command.ts';
import { safeLine } from '../text/safe-text.ts';

/** What an operator asks about the whole server. */

/** `bob: 2 messages, 4 KiB`, below the sum. */
export async function mailboxes(executor: Executor): Promise<Lines> {
  const answer = await executor.execute({ type: 'mailboxes' });
  if (answer.status === 'refused') return [answer.sentence];
  const { mailboxes: count, messages, bytes, largest } = answer.result;
  if (count === 0) return ['No mail waits.'];
  const of = count === 1 ? '1 mailbox' : `${count} mailboxes`;
  return [
    `${messagesText(messages)} and their receipts wait in ${of}: ${sizeText(bytes)}.`,
    ...largest.map(
      (one) => `${safeLine(one.nickname)}: ${messagesText(one.messages)}, ${sizeText(one.bytes)}`,
    ),
  ];
}

/** The last minute, and the refusals of the last five. */
export async function traffic(executor: Executor): Promise<Lines> {
  const answer = await executor.execute({ type: 'traffic' });
  if (answer.status === 'refused') return [answer.sentence];
  const { result } = answer;
  return [
    `connections: ${result.connections}`,
    `received: ${rateText(result.datagramsReceived, result.bytesReceived)}`,
    `sent: ${rateText(result.datagramsSent, result.bytesSent)}`,
    ...codeLines('refused', result.refused),
    ...codeLines('dropped', result.dropped),
  ];
}

export async function log(executor: Executor): Promise<Lines> {
  const answer = await executor.execute({ type: 'log', after: 0 });
  if (answer.status === 'refused') return [answer.sentence];
  return answer.result.lines.slice(-logLinesShown).map(({ wallMs, layer, text }) => {
    const clock = new Date(wallMs).toISOString().slice(11, 19);
    return `${clock} ${layer}: ${safeLine(text)}`;
  });
}

const logLinesShown = 20;
const rateSeconds = 60;

function messagesText(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`;
}

/** `12.5 datagrams a second, 3 KiB a second` */
function rateText(datagrams: readonly number[], bytes: readonly number[]): string {
  return `${mean(datagrams).toFixed(1)} datagrams a second, ${sizeText(mean(bytes))} a second`;
}

function mean(counts: readonly number[]): number {
  const last = counts.slice(-rateSeconds);
  return sum(last) / Math.max(1, last.length);
}

function codeLines(what: string, byCode: Traffic['refused']): string[] {
  return byCode.map(({ code, counts }) => `${what} in the last 5 minutes: ${safeLine(code)} ${sum(counts)}`);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
