import { done, refused, type CommandResult } from '../../shared/command-result.ts';
import type { InstallationId, MessageId, PeerKey } from '../../shared/ids.ts';
import { messageTextBytesMax } from '../../shared/limits.ts';
import { textBytes } from '../../shared/message.ts';
import type { Moment } from '../../shared/moment.ts';
import type { ClientStore } from '../store/client-store.ts';
import type { ClientContext } from './context.ts';
import type { Outbox } from './outbox.ts';
import type { People } from './people.ts';
import { wallMinusMonotonicMs, type ServerClock } from './server-clock.ts';

export interface OwnMessagesOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly me: PeerKey;
  readonly installation: InstallationId;
  readonly people: People;
  readonly outbox: Outbox;
  readonly clock: Pick<ServerClock, 'offsetMs'>;
}

/** What the person here does with messages of their own: writes them, tries them again, drops them. */
export class OwnMessages {
  readonly #options: OwnMessagesOptions;

  constructor(options: OwnMessagesOptions) {
    this.#options = options;
  }

  /** Saves a message in the outbox; the same id and words again change nothing. */
  send(now: Moment, { id, to, text: typed }: { id: MessageId; to: PeerKey; text: string }): CommandResult {
    const { store, context, me, installation, people, outbox, clock } = this.#options;
    // Half a surrogate pair has no UTF-8: what is kept is what will arrive.
    const text = typed.toWellFormed();
    if (text.trim() === '') return refused('message-empty');
    if (textBytes(text) > messageTextBytesMax) return refused('message-too-long');
    const known = store.messages.find(id);
    if (known !== undefined) {
      const same = known.direction === 'out' && known.peer === to && known.text === text;
      return same ? done : refused('message-id-used');
    }
    // The original's "No Record of that Client": nothing is kept for a person whom nobody knows.
    if (to !== me && people.find(to) === undefined) return refused('unknown-recipient');
    if (to !== me && people.isBlocked(to)) return refused('key-changed');
    const sequence = store.outbox.nextSequence(to);
    const sentAtMs = now.wallMs;
    const clockOffsetMs = clock.offsetMs(now) ?? null;
    const message = store.messages.insert({
      ...{ id, peer: to, direction: 'out', text, sentAtMs, clockOffsetMs, installation, sequence },
    });
    // The id is known but its text is gone: it was discarded.
    if (message === undefined) return refused('message-id-used');
    people.wroteTo(to);
    const noteToSelf = to === me;
    if (noteToSelf) store.outbox.setProgress(id, { stage: 'delivered', later: false });
    context.emit({
      type: 'message',
      message: {
        ...message,
        delivery: noteToSelf ? { state: 'delivered', later: false } : { state: 'saved' },
      },
      unread: people.unreadCount(to),
      backlog: false,
    });
    if (!noteToSelf)
      outbox.add(
        {
          ...{ id, peer: to, text, sentAtMs, clockOffsetMs, installation, sequence },
          progress: { stage: 'pending' },
        },
        wallMinusMonotonicMs(now),
      );
    return done;
  }

  retry(id: MessageId): CommandResult {
    const message = this.#options.store.messages.find(id);
    if (message?.progress?.stage !== 'failed') return refused('unknown-message');
    this.#options.outbox.retry({ ...message, progress: message.progress });
    return done;
  }

  discard(id: MessageId): CommandResult {
    const { store, context } = this.#options;
    const message = store.messages.find(id);
    if (message?.progress?.stage !== 'failed') return refused('unknown-message');
    store.messages.remove(id);
    context.emit({ type: 'discarded', peer: message.peer, id });
    return done;
  }
}
