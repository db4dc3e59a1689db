import { directConversation } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import {
  unansweredBytesMax,
  unansweredMessagesMax,
  unknownSenderMessagesMax,
  unknownSenderTextBytesMax,
} from '../../../shared/limits.ts';
import type { ClientStore } from '../../store/client-store.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { DeliveryReceipts } from './delivery-receipts.ts';

export interface SenderLimitsOptions {
  readonly store: Pick<ClientStore, 'messages'>;
  readonly contacts: Pick<Contacts, 'find' | 'allow' | 'setExhausted'>;
  readonly receipts: Pick<DeliveryReceipts, 'due'>;
}

/** What a message takes of the limits of its sender. */
interface MessageAmount {
  readonly textBytes: number;
  /** It offers a file. */
  readonly isOffer: boolean;
}

/** How much of each sender is taken until the user answers or allows it (PROTOCOL 6.93). */
export class SenderLimits {
  readonly #options: SenderLimitsOptions;

  constructor(options: SenderLimitsOptions) {
    this.#options = options;
  }

  /** Decides whether one more message is taken, and remembers whether one was not. */
  take(sender: PeerKey, message: MessageAmount): boolean {
    const { contacts } = this.#options;
    if (contacts.find(sender)?.acceptance === 'allowed') return true;
    const isTaken = this.#isWithin(sender, message);
    if (!isTaken) contacts.setExhausted(sender);
    return isTaken;
  }

  /**
   * The user wrote to this key, or allows it. Returns false for an unknown key. PROTOCOL 6.95: if messages wait at their
   * sender because of the limits, one more receipt for the last one that was taken tells the sender to offer them again.
   */
  allow(key: PeerKey): boolean {
    const before = this.#options.contacts.allow(key);
    if (before === 'exhausted') this.tellSender(key);
    return before !== undefined;
  }

  tellSender(key: PeerKey): void {
    const { lastId } = this.#options.store.messages.amountBy(directConversation(key), key);
    if (lastId !== undefined) this.#options.receipts.due(key, lastId);
  }

  /** Reads the messages of the sender: at most as many as are taken without an answer. */
  #isWithin(sender: PeerKey, { textBytes, isOffer }: MessageAmount): boolean {
    const { store, contacts } = this.#options;
    const taken = store.messages.amountBy(directConversation(sender), sender);
    const nickname = contacts.find(sender)?.nickname ?? null;
    if (nickname === null) {
      // PROTOCOL 13.24: a file of a key without a name has no use but to lure.
      if (isOffer) return false;
      return taken.count < unknownSenderMessagesMax && textBytes <= unknownSenderTextBytesMax;
    }
    return taken.count < unansweredMessagesMax && taken.textBytes + textBytes <= unansweredBytesMax;
  }
}
