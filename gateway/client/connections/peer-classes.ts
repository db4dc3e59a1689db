import type { PeerKey } from '../../../shared/ids.ts';
import type { PeerClass } from '../../transport/events.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { CoreContext } from '../context.ts';
import type { Files } from '../files/files.ts';
import type { Session } from './session.ts';

export interface PeerClassesOptions {
  readonly context: Pick<CoreContext, 'transport' | 'currentConnection'>;
  readonly contacts: Contacts;
  readonly session: Pick<Session, 'serverKey'>;
  readonly files: () => Pick<Files, 'isLoadingFrom'>;
}

/** Tells the endpoint how well this client knows each connected peer (PROTOCOL 7.6). */
export class PeerClasses {
  readonly #options: PeerClassesOptions;
  /** As told, for connected peers. */
  readonly #classes = new Map<PeerKey, PeerClass>();

  constructor(options: PeerClassesOptions) {
    this.#options = options;
    options.contacts.observe((peer) => this.#update(peer));
  }

  classOf(peer: PeerKey): PeerClass {
    const { contacts, session } = this.#options;
    if (peer === session.serverKey) return 'established';
    const contact = contacts.find(peer);
    if (contact?.acceptance === 'allowed') return 'established';
    // PROTOCOL 13.35: what the user has asked for counts against no rate of messages.
    if (contact !== undefined && this.#options.files().isLoadingFrom(peer)) return 'established';
    return (contact?.nickname ?? null) === null ? 'unknown' : 'registered';
  }

  /** The user loads a file of the peer now, or no longer. */
  handleChange(peer: PeerKey): void {
    this.#update(peer);
  }

  handleConnected(peer: PeerKey): void {
    this.#classes.delete(peer);
    this.#update(peer);
  }

  handleDisconnected(peer: PeerKey): void {
    if (this.#options.context.currentConnection(peer) === undefined) this.#classes.delete(peer);
  }

  /** PROTOCOL 7.10: the peer has sent a message for the user, so it gets more time. */
  handleMessage(peer: PeerKey): void {
    if (this.#classes.get(peer) === 'unknown') this.#tell(peer, 'unknown');
  }

  #update(peer: PeerKey): void {
    if (this.#options.context.currentConnection(peer) === undefined) return;
    const peerClass = this.classOf(peer);
    if (this.#classes.get(peer) === peerClass) return;
    this.#classes.set(peer, peerClass);
    this.#tell(peer, peerClass);
  }

  #tell(peer: PeerKey, peerClass: PeerClass): void {
    this.#options.context.transport({ type: 'classify', peer, class: peerClass });
  }
}
