import { decodeContent } from '../../shared/chat/codec.ts';
import type { SaidOf } from '../../shared/chat/kinds.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import type { ClientStore } from '../store/client-store.ts';
import type { EndpointEvent } from '../transport/events.ts';
import type { ClientDesk } from './desk.ts';
import type { People } from './people.ts';
import { ReceiptSlip } from './receipt-slip.ts';

/** Takes messages in: to disk, once, at their place; and answers every copy with the same receipt. */
export class Inbox {
  readonly #store: ClientStore;
  readonly #desk: ClientDesk;
  readonly #people: People;
  /** Towards people who wrote directly. */
  readonly #received = new Map<PeerKey, ReceiptSlip<MessageId>>();
  /** Towards the server, for what came by it. */
  readonly #taken = new Map<PeerKey, ReceiptSlip<SaidOf<'taken'>['items'][number]>>();
  #backlog = 0;

  constructor(store: ClientStore, desk: ClientDesk, people: People) {
    this.#store = store;
    this.#desk = desk;
    this.#people = people;
  }

  /** So many messages wait on the server: the next ones that it delivers are no news of this minute. */
  expectBacklog(count: number): void {
    this.#backlog = count;
    if (count > 0) this.#desk.tell({ type: 'waiting-messages', count });
  }

  handleMessage(from: PeerKey, { id, body }: SaidOf<'message'>): void {
    const refusal = this.#people.admits(from) ? this.#accept(from, id, body, false) : 'not-registered';
    if (refusal !== null) {
      this.#desk.say(from, 'chat', { kind: 'declined', id, code: refusal }, 'declined');
      return;
    }
    slipOf(this.#received, from).add(id, id);
    this.#sendReceived(from);
  }

  handleDeliver(server: PeerKey, { from, id, body }: SaidOf<'deliver'>): void {
    const backlog = this.#backlog > 0;
    if (backlog) this.#backlog--;
    // What nobody can read would be offered for ever; it leaves the mailbox like everything else.
    this.#accept(from, id, body, backlog);
    slipOf(this.#taken, server).add(`${from}${id}`, { sender: from, id });
    this.#sendTaken(server);
  }

  handleEvent(event: EndpointEvent): void {
    if (event.type === 'acknowledged' || event.type === 'undelivered') {
      if (event.token === receivedToken) {
        this.#received.get(event.peer)?.settled();
        if (event.type === 'acknowledged') this.#sendReceived(event.peer);
      } else if (event.token === takenToken) {
        this.#taken.get(event.peer)?.settled();
        if (event.type === 'acknowledged') this.#sendTaken(event.peer);
      }
    } else if (event.type === 'disconnected' || event.type === 'connected') {
      this.#received.delete(event.peer);
      this.#taken.delete(event.peer);
    }
  }

  /** Null when the message is on disk, now or since its first copy; else why it is none. */
  #accept(from: PeerKey, id: MessageId, body: Uint8Array, backlog: boolean): ErrorCode | null {
    const content = decodeContent(body);
    if (content === undefined) return 'malformed';
    const known = this.#store.messages.find(id);
    if (known !== undefined) {
      // A copy, shown already, and answered like the first; a receipt for somebody else's message would be a lie.
      return known.direction === 'in' && known.peer === from ? null : 'message-id-used';
    }
    this.#people.ensure(from);
    const { installation, sequence, sentAtMs, text } = content;
    const message = this.#store.messages.insert({
      id,
      peer: from,
      direction: 'in',
      text,
      sentAtMs,
      installation,
      sequence,
    });
    // A copy of one that was removed since.
    if (message === undefined) return null;
    this.#people.arrived(message);
    this.#desk.tell({ type: 'message', message, unread: this.#people.unreadCount(from), backlog });
    return null;
  }

  #sendReceived(peer: PeerKey): void {
    const ids = this.#received.get(peer)?.take();
    if (ids !== undefined) this.#desk.say(peer, 'chat', { kind: 'received', ids }, receivedToken);
  }

  #sendTaken(server: PeerKey): void {
    const items = this.#taken.get(server)?.take();
    if (items !== undefined) this.#desk.say(server, 'chat', { kind: 'taken', items }, takenToken);
  }
}

const receivedToken = 'received';
const takenToken = 'taken';

function slipOf<Item>(slips: Map<PeerKey, ReceiptSlip<Item>>, peer: PeerKey): ReceiptSlip<Item> {
  let slip = slips.get(peer);
  if (slip === undefined) slips.set(peer, (slip = new ReceiptSlip()));
  return slip;
}
