import type { PeerKey } from '../../shared/ids.ts';
import type { MailUsage } from '../store/server-store.ts';

/**
 * The part of one user's room that another user has: of a mailbox the one with envelopes of that sender, of a sender's quota
 * for receipts the one with receipts for that recipient. `isKnown`: the user has written to the other one.
 */
export interface PeerUsage extends MailUsage {
  readonly peer: PeerKey;
  readonly isKnown: boolean;
}

/** An envelope that asks for room. */
export interface AskingPeer {
  readonly peer: PeerKey;
  readonly isKnown: boolean;
  /** Of the envelope. */
  readonly bytes: number;
}

export type ShareDecision =
  | { readonly type: 'fits' }
  | { readonly type: 'full' }
  /** The peer that uses most of the room loses an envelope first: its newest, or its longest. */
  | { readonly type: 'gives-way'; readonly loser: PeerKey; readonly envelope: 'newest' | 'longest' };

/** How much of the room the peers that the user does not know have together. */
const unknownShare = 0.5;

/**
 * PROTOCOL 6.24: decides whether an envelope gets room. Peers that the user does not know have half of it together. When the
 * room of the asking peer is full, the peer that uses most of it loses; among equals, one that the user does not know loses
 * to one that it knows. A peer that the user does not know takes no room from a known one.
 */
export function decideShare(
  room: readonly PeerUsage[],
  asking: AskingPeer,
  roomMax: MailUsage,
): ShareDecision {
  const rivals = asking.isKnown ? room : room.filter(({ isKnown }) => !isKnown);
  const dimensions = [
    { of: 'messages', added: 1, max: roomMax.messages, envelope: 'newest' },
    { of: 'bytes', added: asking.bytes, max: roomMax.bytes, envelope: 'longest' },
  ] as const;
  for (const { of, added, max, envelope } of dimensions) {
    const rivalsMax = asking.isKnown ? max : Math.ceil(max * unknownShare);
    if (sum(room, of) + added <= max && sum(rivals, of) + added <= rivalsMax) continue;
    const own = room.find(({ peer }) => peer === asking.peer)?.[of] ?? 0;
    const loser = largest(rivals, of);
    if (loser === undefined || !losesTo(loser, of, { ...asking, after: own + added }))
      return { type: 'full' };
    return { type: 'gives-way', loser: loser.peer, envelope };
  }
  return { type: 'fits' };
}

function losesTo(
  loser: PeerUsage,
  of: keyof MailUsage,
  asking: AskingPeer & { readonly after: number },
): boolean {
  if (loser.peer === asking.peer) return false;
  return loser[of] > asking.after || (loser[of] === asking.after && asking.isKnown && !loser.isKnown);
}

/** Among equals, one that the user does not know. */
function largest(peers: readonly PeerUsage[], of: keyof MailUsage): PeerUsage | undefined {
  let most: PeerUsage | undefined;
  for (const one of peers) {
    if (most === undefined || one[of] > most[of] || (one[of] === most[of] && most.isKnown && !one.isKnown))
      most = one;
  }
  return most;
}

function sum(peers: readonly PeerUsage[], of: keyof MailUsage): number {
  return peers.reduce((total, one) => total + one[of], 0);
}
