import type { Session } from '../../../shared/bridge/schema.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import { pagesBefore } from './history.ts';
import type { Exit } from '../screen/screen.ts';
import type { SentMessages } from './sent-messages.ts';
import type { Condition } from './condition.ts';

/** At the end of the input, what was sent has so long to be delivered or stored. */
export const settleTimeoutMs = 10_000;

/** Waits until everything sent is delivered or stored, but not for ever. */
export async function settle(
  api: GatewayApi,
  sent: SentMessages,
  condition: Condition,
  newId: () => string,
): Promise<void> {
  const nothingUnderway = (): boolean => sent.underwayCount === 0;
  if (nothingUnderway()) return;
  // A script that was started again repeats its ids: what had arrived before makes no event now.
  await Promise.race([
    learnEarlierFates(api, sent, newId),
    condition.until(nothingUnderway, settleTimeoutMs),
  ]);
  await condition.until(nothingUnderway, settleTimeoutMs);
}

/** What the end of an input comes to, once it has been waited for. The refusal itself has been told already. */
export function exitAfterInput(session: Session, sent: SentMessages): Exit {
  const sentences = [sent.underwaySentence(), sent.refusedSentence()].filter((each) => each !== null);
  if (sentences.length > 0) return { exitCode: 1, sentence: sentences.join(' ') };
  return { exitCode: session.phase === 'refused' ? 1 : 0, sentence: null };
}

async function learnEarlierFates(api: GatewayApi, sent: SentMessages, newId: () => string): Promise<void> {
  for (const conversation of sent.conversationsWithoutNews()) {
    for await (const page of pagesBefore(api, conversation, null, newId)) {
      sent.learn(page);
      if (!sent.conversationsWithoutNews().has(conversation)) break;
    }
  }
}
