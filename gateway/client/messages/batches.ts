import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import { batchItemsMax } from '../../../shared/limits.ts';
import type { BatchContent } from '../../store/client-store.ts';

/** PROTOCOL 10.10: at most one batch of reactions, votes or acknowledgements leaves in this time, for each conversation. */
const batchIntervalMs = 1_000;

/** A batch that has not left yet. */
interface HeldBatch {
  readonly id: MessageId;
  readonly kind: BatchContent['kind'];
  readonly leavesAtMs: number;
  /** What its items are about. A second item about the same would have the same position, and no effect. */
  readonly subjects: Set<string>;
}

/** Decides in which message a reaction, vote or acknowledgement leaves, and when. */
export class Batches {
  /** Of each conversation, the batches that have not left, and when the last one leaves. */
  readonly #held = new Map<ConversationId, { batches: HeldBatch[]; lastMs: number }>();

  /** Returns the batch that takes this content too; undefined if it needs a message of its own. */
  openFor(nowMs: number, conversation: ConversationId, content: BatchContent): MessageId | undefined {
    const held = this.#heldOf(nowMs, conversation);
    const subjects = subjectsOf(content);
    const batch = held?.batches.find(
      (each) =>
        each.kind === content.kind &&
        each.subjects.size + subjects.length <= batchItemsMax &&
        subjects.every((subject) => !each.subjects.has(subject)),
    );
    for (const subject of subjects) batch?.subjects.add(subject);
    return batch?.id;
  }

  /** A new batch: returns when it may leave, which is now if none left a moment ago. */
  add(nowMs: number, conversation: ConversationId, id: MessageId, content: BatchContent): number {
    const held = this.#heldOf(nowMs, conversation);
    const leavesAtMs = held === undefined ? nowMs : held.lastMs + batchIntervalMs;
    const batches = held?.batches ?? [];
    if (leavesAtMs > nowMs)
      batches.push({ id, kind: content.kind, leavesAtMs, subjects: new Set(subjectsOf(content)) });
    this.#held.set(conversation, { batches, lastMs: leavesAtMs });
    return leavesAtMs;
  }

  /** Undefined where the last batch left so long ago that the next one may leave at once. */
  #heldOf(nowMs: number, conversation: ConversationId) {
    const held = this.#held.get(conversation);
    if (held === undefined) return undefined;
    held.batches = held.batches.filter(({ leavesAtMs }) => leavesAtMs > nowMs);
    if (held.lastMs + batchIntervalMs > nowMs) return held;
    this.#held.delete(conversation);
    return undefined;
  }
}

function subjectsOf(content: BatchContent): string[] {
  switch (content.kind) {
    case 'reaction':
      return content.items.map(({ of, emoji }) => `${of} ${emoji}`);
    case 'vote':
      return content.items.map(({ of }) => of);
    case 'acknowledge':
      return content.items;
    default:
      return content satisfies never;
  }
}
