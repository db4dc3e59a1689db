import type { CheckTarget } from '../../../shared/bridge/check.ts';
import {
  attemptWords,
  causeWords,
  channelWords,
  cureCommand,
  cureWords,
  findingWords,
  otherSideWords,
  otherStateWords,
} from '../../../shared/check/check-words.ts';
import type { CheckAttempt, CheckReport, OtherSide } from '../../../shared/check/connection-check.ts';
import { splitTyped } from '../../../shared/typed-address.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import { Condition } from '../frontend/condition.ts';
import type { CommandArguments, Lines, PromptContext } from './prompt-command.ts';

/** A check is over after 8 s at most. Before it begins, a name or a person is looked up. */
const checkMsMax = 12_000;

/** Runs a check. Returns its report, or the sentence of the refusal. */
export async function runCheck(
  api: GatewayApi,
  newId: () => string,
  target: CheckTarget,
): Promise<CheckReport | { readonly refusal: string }> {
  const condition = new Condition();
  const news = api.subscribeEphemeral(() => condition.notify());
  let report: CheckReport | undefined;
  const isOver = (): boolean => {
    for (let event = news.take(); event !== undefined; event = news.take())
      if (event.type === 'connection-check') ({ report } = event);
    return report?.phase === 'over';
  };
  const answer = await api.execute(newId(), { type: 'check', target, on: true }, news);
  if (answer.status === 'done') await condition.until(isOver, checkMsMax);
  news.close();
  if (answer.status === 'refused') return { refusal: answer.sentence };
  return report ?? { refusal: 'The check has found nothing in time.' };
}

/** `check`, `check <nick>` and `check <address>`. */
export async function check(context: PromptContext, { text }: CommandArguments): Promise<Lines> {
  const report = await context.check(await targetOf(context, text.trim()));
  return 'refusal' in report ? [report.refusal] : checkLines(report);
}

/** A nickname of the chat comes first. Any other word is an address. */
async function targetOf(context: PromptContext, typed: string): Promise<CheckTarget> {
  if (typed === '') return { type: 'server' };
  const found = await context.findPeer(typed);
  if ('peer' in found) return { type: 'person', peer: found.peer };
  return { type: 'address', server: splitTyped(typed).server };
}

/** The report as lines: what was tried, what came back, and what usually helps. */
export function checkLines({ attempts, otherSide, findings, causes, machine }: CheckReport): string[] {
  const lines = attempts.map(attemptLine);
  if (attempts.length === 0) lines.push('No address is known that could be tried.');
  lines.push(...otherSideLines(otherSide), ...findings.map((finding) => findingWords[finding]));
  const networks = machine.networks.map(({ host, prefixBits }) => `${host}/${prefixBits}`).join(', ');
  if (networks !== '') lines.push(`This computer is at ${networks}.`);
  if (causes.length === 0) return lines;
  return [
    ...lines,
    'What usually helps:',
    ...causes.map((cause, index) => {
      const command = cureCommand(cause);
      const cure = command === null ? cureWords(cause) : `${cureWords(cause)} ${command}`;
      return `${index + 1}. ${causeWords[cause.code]}. ${cure}`;
    }),
  ];
}

function attemptLine(attempt: CheckAttempt): string {
  const how = channelWords[attempt.channel] + (attempt.via === null ? '' : ` from ${attempt.via}`);
  return [attempt.address, attemptWords(attempt), how].join(' | ');
}

function otherSideLines(otherSide: OtherSide): string[] {
  const tried = otherSide.attempts.map(
    ({ address, state }) => `${address} | ${otherStateWords(state)} | tried by the other side`,
  );
  return [...tried, ...otherSideWords(otherSide)];
}
