import { decodeContent, decodeReceipt } from '../../shared/chat/codec.ts';
import type { Receipt, ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { opensWaitingMax } from '../../shared/limits.ts';
import type { ClientStore } from '../store/client-store.ts';
import type { EndpointEvent } from '../transport/events.ts';
import type { ClientContext } from './context.ts';
import type { People } from './people.ts';
import type { ServerClock } from './server-clock.ts';
import { AckBatcher } from './ack-batcher.ts';
import type { DeliveryReceipts } from './delivery-receipts.ts';

export interface InboxOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly me: PeerKey;
  readonly people: People;
  readonly receipts: DeliveryReceipts;
  readonly clock: ServerClock;
  /** Somebody says in an envelope what they have of my messages. */
  readonly onReceipt: (from: PeerKey, receipt: Receipt) => void;
}

/** An envelope that came by the server and is being opened. */
interface Opening {
  readonly server: PeerKey;
  readonly said: ProtocolMessageOf<'deliver'>;
  /** It waited there from before this client registered. */
  readonly backlog: boolean;
  outcome: { readonly content: Uint8Array | undefined } | undefined;
}

/** Takes messages in: to disk, once, at their place; and owes each copy the same receipt. */
export class Inbox {
  readonly #options: InboxOptions;
  /** In the order in which they came, in which they are also taken in. */
  readonly #openings: Opening[] = [];
  /** Towards the server, for what came by it. */
  readonly #taken = new Map<PeerKey, AckBatcher<ProtocolMessageOf<'deliver-ack'>['items'][number]>>();
  #backlog = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** So many messages wait on the server: the next ones that it delivers are no news of this minute. */
  expectBacklog(count: number): void {
    this.#backlog = count;
    if (count > 0) this.#options.context.emit({ type: 'waiting-messages', count });
  }

  handleMessage(from: PeerKey, { id, body }: ProtocolMessageOf<'message'>): void {
    const refusal = this.#accept(from, id, decodeContent(body), false);
    if (refusal !== null)
      this.#options.context.send(from, 'chat', { kind: 'reject', id, code: refusal }, 'reject');
  }

  handleDeliver(server: PeerKey, said: ProtocolMessageOf<'deliver'>): void {
    const { context, me } = this.#options;
    const { from, to, type, id, installation, sequence, sealed } = said;
    // PROTOCOL 9.5: an envelope names the key that it is for.
    if (to !== me) return this.#return(server, said, 'wrong-key');
    if (type !== 'text' && type !== 'receipt') return this.#return(server, said, 'unknown-kind');
    if (type === 'text' && this.#isCopy(from, id)) {
      this.#options.receipts.due(from, id);
      return this.#take(server, said);
    }
    if (this.#openings.some((other) => other.said.from === from && other.said.id === id)) return;
    // The server offers it again.
    if (this.#openings.length >= opensWaitingMax) return;
    const backlog = type === 'text' && this.#backlog > 0;
    if (backlog) this.#backlog--;
    const opening: Opening = { server, said, backlog, outcome: undefined };
    this.#openings.push(opening);
    context.runJob(
      { type: 'open', head: { from, to, type, id, installation, sequence }, sealed },
      (_, content) => {
        opening.outcome = { content };
        this.#takeOpened();
      },
    );
  }

  handleEvent(event: EndpointEvent): void {
    if (event.type === 'acknowledged' || event.type === 'undelivered') {
      if (event.token !== takenToken) return;
      this.#taken.get(event.peer)?.settled();
      if (event.type === 'acknowledged') this.#sendTaken(event.peer);
    } else if (event.type === 'disconnected' || event.type === 'connected') this.#taken.delete(event.peer);
  }

  /** This client takes nothing now; the server offers it all again. */
  forgetOpenings(): void {
    this.#openings.length = 0;
  }

  #takeOpened(): void {
    for (let opening = this.#openings[0]; opening?.outcome !== undefined; opening = this.#openings[0]) {
      this.#openings.shift();
      const { server, said, backlog } = opening;
      const refusal = this.#acceptOpened(said, opening.outcome.content, backlog);
      if (refusal === null) this.#take(server, said);
      else this.#return(server, said, refusal);
    }
  }

  #acceptOpened(
    { from, type, id, installation, sequence }: ProtocolMessageOf<'deliver'>,
    bytes: Uint8Array | undefined,
    backlog: boolean,
  ): ErrorCode | null {
    if (bytes === undefined) return 'wrong-key';
    if (type === 'receipt') {
      const receipt = decodeReceipt(bytes);
      if (receipt === undefined) return 'malformed';
      this.#options.onReceipt(from, receipt);
      return null;
    }
    const content = decodeContent(bytes);
    // Who says two things about the order of one message says nothing about it.
    const isOne = content?.installation === installation && content.sequence === sequence;
    return this.#accept(from, id, isOne ? content : undefined, backlog);
  }

  /** Null when the message is on disk, now or since its first copy; else why it is none. */
  #accept(
    from: PeerKey,
    id: MessageId,
    content: ReturnType<typeof decodeContent>,
    backlog: boolean,
  ): ErrorCode | null {
    const { store, context, people, receipts } = this.#options;
    if (!people.admits(from)) return 'not-registered';
    if (content === undefined) return 'malformed';
    if (store.messages.find(id) !== undefined) {
      // A receipt for somebody else's message would be a lie.
      if (!this.#isCopy(from, id)) return 'message-id-used';
      receipts.due(from, id);
      return null;
    }
    people.ensure(from);
    const { installation, sequence, text } = content;
    const sentAtMs = this.#options.clock.timeHere(content.sentAtMs, content.clockOffsetMs);
    const message = store.messages.insert({
      id,
      peer: from,
      direction: 'in',
      text,
      sentAtMs,
      installation,
      sequence,
    });
    receipts.due(from, id);
    // A copy of one that was removed since.
    if (message === undefined) return null;
    // What was read so far has a hole now, which the sender must not take for read.
    if (people.arrived(message)) receipts.withdrawRead(from);
    context.emit({ type: 'message', message, unread: people.unreadCount(from), backlog });
    return null;
  }

  /** Shown already, and answered like the first. */
  #isCopy(from: PeerKey, id: MessageId): boolean {
    const known = this.#options.store.messages.find(id);
    return known?.direction === 'in' && known.peer === from;
  }

  #take(server: PeerKey, { from, id }: ProtocolMessageOf<'deliver'>): void {
    let slip = this.#taken.get(server);
    if (slip === undefined) this.#taken.set(server, (slip = new AckBatcher()));
    slip.add(`${from}${id}`, { sender: from, id });
    this.#sendTaken(server);
  }

  #return(server: PeerKey, { from, id }: ProtocolMessageOf<'deliver'>, code: ErrorCode): void {
    this.#options.context.send(
      server,
      'chat',
      { kind: 'deliver-reject', sender: from, id, code },
      'deliver-reject',
    );
  }

  #sendTaken(server: PeerKey): void {
    const items = this.#taken.get(server)?.take();
    if (items !== undefined)
      this.#options.context.send(server, 'chat', { kind: 'deliver-ack', items }, takenToken);
  }
}

const takenToken = 'deliver-ack';
