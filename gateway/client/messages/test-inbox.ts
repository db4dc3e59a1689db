import type { MailKeyId, MessageId, PeerKey } from '../../../shared/ids.ts';
import type { Moment } from '../../../shared/moment.ts';
import { sampleId } from '../../store/sample.ts';
import type { ClientStore } from '../../store/client-store.ts';
import { ServerClock } from '../connections/server-clock.ts';
import { Blocks } from '../contacts/blocks.ts';
import { Contacts } from '../contacts/contacts.ts';
import type { ClientContext } from '../context.ts';
import { Conversations } from './conversations.ts';
import { DeliveryReceipts } from './delivery-receipts.ts';
import { Inbox } from './inbox.ts';
import { MessageViews } from './message-views.ts';

/** An inbox on an empty store, for tests. Around it, nothing is sent and no one is blocked. */
export class TestInbox {
  readonly #store: ClientStore;
  readonly inbox: Inbox;
  /** The messages that receipts name. */
  readonly receipted: MessageId[] = [];
  readonly deletedKeys: MailKeyId[] = [];
  /** When the inbox asked for an erasure. */
  readonly erasures: Moment[] = [];

  constructor(
    store: ClientStore,
    me: PeerKey,
    context: ClientContext,
    secretKeyOf: (keyId: MailKeyId) => Uint8Array | undefined,
  ) {
    this.#store = store;
    const blocks = new Blocks(store);
    const conversations = new Conversations(store);
    this.inbox = new Inbox({
      store,
      context,
      me,
      blocks,
      conversations,
      contacts: new Contacts({
        store,
        context,
        me,
        blocks,
        clock: { serverToLocalMs: () => undefined },
        isGuestOf: () => false,
        isSigningKeyOf: () => true,
      }),
      receipts: receiptsOf(store, context, me),
      views: new MessageViews({
        context,
        me,
        conversations,
        outbox: { deliveryOf: () => ({ state: 'saved' }) },
        roomDeliveryOf: () => ({ state: 'saved' }),
        onNew: () => undefined,
      }),
      clock: new ServerClock(context),
      session: { expectsRoster: false },
      eraser: { eraseSoon: (at) => void this.erasures.push(at) },
      mailKeys: { secretKeyOf, deleteUsed: (_, keyId) => void this.deletedKeys.push(keyId) },
      limits: { take: () => true },
      reads: { handleReceipt: (_now, _from, { ids }) => void this.receipted.push(...ids) },
    });
  }

  /** Runs in a transaction, as the gateway's turns do. */
  inTurn(run: () => void): void {
    this.#store.begin();
    this.#store.savepoint(run);
    this.#store.commit();
  }
}

function receiptsOf(store: ClientStore, context: ClientContext, me: PeerKey): DeliveryReceipts {
  return new DeliveryReceipts({
    store,
    context,
    me,
    newId: () => sampleId(1_000_000),
    mailKeys: { forReceipt: () => ({ type: 'asked' }), forget: () => undefined },
    reachability: {
      follow: () => undefined,
      wake: () => undefined,
      currentRoute: () => ({ type: 'none' }),
    },
  });
}
