import { errors, isErrorCode } from '../../shared/errors.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Delivery } from '../../shared/message.ts';
import type { OutboxItem, Progress } from '../store/client-store.ts';

/** What is known of an open message beyond its progress on disk. */
export interface Entry {
  readonly item: OutboxItem;
  progress: Progress;
  offerState: OfferState;
  shown: Delivery;
  /** The way of its last offer. */
  via: 'direct' | 'server' | undefined;
  /** What the clock here lacked to the server's when it was written, once that is known. */
  clockOffsetMs: number | null;
  /** Of the clock when it was written (server-clock.ts); undefined when another process wrote it. */
  readonly leadMs: number | undefined;
  /** Its envelope, from the sealing until the server has it. */
  sealed: Uint8Array | undefined;
}

export type OfferState =
  /** Nothing is under way; to be offered when its turn and a way come. */
  | { readonly type: 'idle' }
  /** Handed to the endpoint; not acknowledged. */
  | { readonly type: 'offered'; readonly to: PeerKey; readonly via: 'direct' | 'server' }
  /** An endpoint has it; its owner's disk is awaited. */
  | { readonly type: 'answer-due'; readonly to: PeerKey; readonly deadlineMs: number }
  /** Refused for now. */
  | { readonly type: 'resting'; readonly untilMs: number };

export function newEntry(item: OutboxItem, leadMs: number | undefined): Entry {
  return {
    item,
    leadMs,
    clockOffsetMs: item.clockOffsetMs,
    progress: item.progress,
    offerState: { type: 'idle' },
    shown: deliveryOfProgress(item.progress),
    via: undefined,
    sealed: undefined,
  };
}

export function deadlineOf(stand: OfferState): number | undefined {
  switch (stand.type) {
    case 'answer-due':
      return stand.deadlineMs;
    case 'resting':
      return stand.untilMs;
    case 'idle':
    case 'offered':
      return undefined;
    default:
      return stand satisfies never;
  }
}

/** Whose answer is awaited. */
export function standsAt(stand: OfferState): PeerKey | undefined {
  return stand.type === 'offered' || stand.type === 'answer-due' ? stand.to : undefined;
}

/** Whether a refusal can pass by waiting. A server that lost its table knows the recipient again who has come back. */
export function isTransient(code: string): boolean {
  return code === 'unknown-recipient' || (isErrorCode(code) && errors[code].retry);
}

export function deliveryOfProgress(progress: Progress): Delivery {
  switch (progress.stage) {
    case 'pending':
      return { state: 'saved' };
    case 'stored':
      return { state: 'stored' };
    case 'delivered':
      return { state: 'delivered', later: progress.later };
    case 'read':
      return { state: 'read' };
    case 'failed':
      return { state: 'failed', code: progress.code };
    default:
      return progress satisfies never;
  }
}
