import type { PeerKey } from '../../shared/ids.ts';
import type { Quotas } from '../../shared/quotas.ts';
import type { MailUsage } from '../store/server-store.ts';

/** What one sender has in a mailbox. `isKnown`: the owner of the mailbox has written to the sender. */
export interface SenderUsage extends MailUsage {
  readonly sender: PeerKey;
  readonly isKnown: boolean;
}

/** An envelope that a sender wants to put into the mailbox. */
export interface AskingSender {
  readonly sender: PeerKey;
  readonly isKnown: boolean;
  /** Of the envelope. */
  readonly bytes: number;
}

export type ShareDecision =
  | { readonly type: 'fits' }
  | { readonly type: 'full' }
  /** The sender that uses most of the mailbox loses an envelope first: its newest, or its longest. */
  | { readonly type: 'gives-way'; readonly loser: PeerKey; readonly envelope: 'newest' | 'longest' };

/** How much of a mailbox the senders that its owner does not know have together. */
const unknownShare = 0.5;

/**
 * PROTOCOL 6.24: decides whether an envelope gets room in a mailbox. Senders that the owner does not know have half of it
 * together. When the room of the asking sender is full, the sender that uses most of it loses; among equals, one that the
 * owner does not know loses to one that it knows. A sender that the owner does not know takes no room from a known one.
 */
export function decideShare(
  mailbox: readonly SenderUsage[],
  asking: AskingSender,
  { mailboxMessagesMax, mailboxBytesMax }: Pick<Quotas, 'mailboxMessagesMax' | 'mailboxBytesMax'>,
): ShareDecision {
  const rivals = asking.isKnown ? mailbox : mailbox.filter(({ isKnown }) => !isKnown);
  const dimensions = [
    { of: 'messages', added: 1, max: mailboxMessagesMax, envelope: 'newest' },
    { of: 'bytes', added: asking.bytes, max: mailboxBytesMax, envelope: 'longest' },
  ] as const;
  for (const { of, added, max, envelope } of dimensions) {
    const rivalsMax = asking.isKnown ? max : Math.ceil(max * unknownShare);
    if (sum(mailbox, of) + added <= max && sum(rivals, of) + added <= rivalsMax) continue;
    const own = mailbox.find(({ sender }) => sender === asking.sender)?.[of] ?? 0;
    const loser = largest(rivals, of);
    if (loser === undefined || !losesTo(loser, of, { ...asking, after: own + added }))
      return { type: 'full' };
    return { type: 'gives-way', loser: loser.sender, envelope };
  }
  return { type: 'fits' };
}

function losesTo(
  loser: SenderUsage,
  of: keyof MailUsage,
  asking: AskingSender & { readonly after: number },
): boolean {
  if (loser.sender === asking.sender) return false;
  return loser[of] > asking.after || (loser[of] === asking.after && asking.isKnown && !loser.isKnown);
}

/** Among equals, one that the owner does not know. */
function largest(senders: readonly SenderUsage[], of: keyof MailUsage): SenderUsage | undefined {
  let most: SenderUsage | undefined;
  for (const one of senders) {
    if (most === undefined || one[of] > most[of] || (one[of] === most[of] && most.isKnown && !one.isKnown))
      most = one;
  }
  return most;
}

function sum(senders: readonly SenderUsage[], of: keyof MailUsage): number {
  return senders.reduce((total, one) => total + one[of], 0);
}
