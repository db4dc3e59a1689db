import type { Session } from '../../../shared/bridge/schema.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import { pagesBefore } from './history.ts';
import type { Exit } from '../screen/screen.ts';
import type { SentMessages } from './sent-messages.ts';
import { safeLine } from '../text/safe-text.ts';
import type { Condition } from './condition.ts';

/** At the end of the input, the program waits in rounds of this length. A round in which no message arrives is the last one. */
export const settleTimeoutMs = 10_000;
/** 10 minutes. A room takes 3,000 messages of one member in that time. */
export const settleRoundsMax = 60;

export interface Settling {
  readonly api: GatewayApi;
  readonly sent: SentMessages;
  readonly condition: Condition;
  readonly newId: () => string;
  /** Prints a sentence on standard error. */
  readonly notice: (sentence: string) => void;
}

/** Waits until all sent messages are delivered or stored, as long as some are in each round, and tells of long waiting. */
export async function settle({ api, sent, condition, newId, notice }: Settling): Promise<void> {
  const nothingInProgress = (): boolean => sent.inProgressCount === 0;
  if (nothingInProgress()) return;
  // A script that runs again repeats its ids. A message that had arrived before causes no event now.
  await Promise.race([
    learnEarlierDeliveries(api, sent, newId),
    condition.until(nothingInProgress, settleTimeoutMs),
  ]);
  for (let round = 1; round <= settleRoundsMax; round++) {
    const before = progressOf(sent);
    if (await condition.until(nothingInProgress, settleTimeoutMs)) {
      if (round > 1) notice(`${arrivedSentence(sent)} None waits.`);
      return;
    }
    if (progressOf(sent) === before) return;
    if (round < settleRoundsMax) notice(waitingSentence(sent, round === 1));
  }
}

/** Changes whenever a message arrives or fails. */
function progressOf(sent: SentMessages): number {
  return sent.earlierArrivedCount - sent.inProgressCount;
}

function waitingSentence(sent: SentMessages, isFirst: boolean): string {
  return [
    arrivedSentence(sent),
    ...(sent.earlierArrivedCount === 0 ? [] : ['Messages that were saved earlier go first.']),
    `Waiting for ${sent.waitingText()}.`,
    ...(isFirst ? ['What waits is saved here: Ctrl-C ends the waiting, and the next start sends it.'] : []),
  ].join(' ');
}

function arrivedSentence(sent: SentMessages): string {
  const arrived = sent.arrivedText();
  return `Delivered or taken by the server: ${arrived === '' ? 'nothing yet' : arrived}.`;
}

/** Whether the server has not answered yet, or answers no longer. */
export function isSilent(
  session: Session,
): session is Extract<Session, { phase: 'joining' | 'unreachable' }> {
  return session.phase === 'joining' || session.phase === 'unreachable';
}

/** Returns the exit after the end of the input. Why the server did not let the user in has been printed before. */
export function exitAfterInput(session: Session, sent: SentMessages, input: InputTally): Exit {
  const waiting = sent.inProgressSentence();
  const sentences = [
    input.sentence(),
    session.phase === 'refused' ? refusalSentence(input) : null,
    silenceSentence(session),
    waiting === null || sent.arrivedText() === '' ? null : arrivedSentence(sent),
    waiting,
    sent.refusedSentence(),
  ].filter((each) => each !== null);
  if (sentences.length > 0) return { exitCode: 1, sentence: sentences.join(' ') };
  return { exitCode: 0, sentence: null };
}

function refusalSentence(input: InputTally): string {
  const unread = input.isAnyCounted ? '' : ' No command of the input was executed.';
  return `You could not join the chat.${unread}`;
}

function silenceSentence(session: Session): string | null {
  if (!isSilent(session)) return null;
  return `The server at ${safeLine(session.server.address)} did not answer.`;
}

/** Counts the lines of a script. A script of which nothing was understood has failed. */
export class InputTally {
  #understood = 0;
  #wrong = 0;

  count(isWrong: boolean): void {
    if (isWrong) this.#wrong++;
    else this.#understood++;
  }

  get isAnyCounted(): boolean {
    return this.#understood + this.#wrong > 0;
  }

  sentence(): string | null {
    if (this.#wrong === 0 || this.#understood > 0) return null;
    return `No line of the input was a command (${this.#wrong} ${this.#wrong === 1 ? 'line' : 'lines'}).`;
  }
}

async function learnEarlierDeliveries(
  api: GatewayApi,
  sent: SentMessages,
  newId: () => string,
): Promise<void> {
  for (const conversation of sent.conversationsWithoutNews()) {
    for await (const page of pagesBefore(api, conversation, null, newId)) {
      sent.learn(page);
      if (!sent.conversationsWithoutNews().has(conversation)) break;
    }
  }
}
