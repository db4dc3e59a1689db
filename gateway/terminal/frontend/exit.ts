import type { Session } from '../../../shared/bridge/schema.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import { pagesBefore } from './history.ts';
import type { Exit } from '../screen/screen.ts';
import type { SentMessages } from './sent-messages.ts';
import type { Condition } from './condition.ts';

/** At the end of the input, messages have this time to be delivered or stored. */
export const settleTimeoutMs = 10_000;

/** Waits until all sent messages are delivered or stored, for `settleTimeoutMs` at most. */
export async function settle(
  api: GatewayApi,
  sent: SentMessages,
  condition: Condition,
  newId: () => string,
): Promise<void> {
  const nothingInProgress = (): boolean => sent.inProgressCount === 0;
  if (nothingInProgress()) return;
  // A script that runs again repeats its ids. A message that had arrived before causes no event now.
  await Promise.race([
    learnEarlierDeliveries(api, sent, newId),
    condition.until(nothingInProgress, settleTimeoutMs),
  ]);
  await condition.until(nothingInProgress, settleTimeoutMs);
}

/** Returns the exit after the end of the input. A refusal by the server has been printed before. */
export function exitAfterInput(session: Session, sent: SentMessages, input: InputTally): Exit {
  const sentences = [input.sentence(), sent.inProgressSentence(), sent.refusedSentence()].filter(
    (each) => each !== null,
  );
  if (sentences.length > 0) return { exitCode: 1, sentence: sentences.join(' ') };
  return { exitCode: session.phase === 'refused' ? 1 : 0, sentence: null };
}

/** Counts the lines of a script. A script of which nothing was understood has failed. */
export class InputTally {
  #understood = 0;
  #wrong = 0;

  count(isWrong: boolean): void {
    if (isWrong) this.#wrong++;
    else this.#understood++;
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
