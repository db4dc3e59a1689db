import type { InterfaceAddress } from '../../shared/address.ts';
import { newMessageId, type InstallationId } from '../../shared/ids.ts';
import type { ClientStore, Identity } from '../store/client-store.ts';
import type { ClientDesk } from './desk.ts';
import { Inbox } from './inbox.ts';
import { Links } from './links.ts';
import { Outbox } from './outbox.ts';
import { OwnMessages } from './own-messages.ts';
import { People } from './people.ts';
import { Preferences } from './preferences.ts';
import { Reads } from './reads.ts';
import { Receipts } from './receipts.ts';
import type { ServerClock } from './server-clock.ts';
import type { Session } from './session.ts';
import { surroundingsOf } from './surroundings.ts';

/** What of a client is taken from the store anew after a fault. */
export interface Parts {
  readonly people: People;
  readonly links: Links;
  readonly outbox: Outbox;
  readonly ownMessages: OwnMessages;
  readonly inbox: Inbox;
  readonly receipts: Receipts;
  readonly reads: Reads;
  readonly preferences: Preferences;
}

export interface PartsOptions {
  readonly store: ClientStore;
  readonly identity: Identity;
  readonly installation: InstallationId;
  /** This machine's interface addresses right now. */
  readonly interfaces: () => readonly InterfaceAddress[];
  /** Bytes that nobody can guess. */
  readonly random: (byteCount: number) => Uint8Array;
}

export function buildParts(
  options: PartsOptions,
  desk: ClientDesk,
  session: Session,
  clock: ServerClock,
): Parts {
  const { store, identity, installation, interfaces, random } = options;
  const me = identity.key;
  const people = new People(store, desk, { me, clock });
  const links = new Links(desk, surroundingsOf(session, people, interfaces));
  const outbox = new Outbox({
    ...{ store, desk, me, clock },
    route: (now, peer) => (people.isBlocked(peer) ? { type: 'blocked' } : links.route(now, peer)),
  });
  const ownMessages = new OwnMessages({ store, desk, me, installation, people, outbox, clock });
  const receipts = new Receipts({
    ...{ store, desk, me, installation },
    newId: (now) => newMessageId(now.wallMs, random(10)),
    way: (peer) => links.standingWay(peer),
  });
  const reads = new Reads({ store, desk, people, outbox, receipts });
  const inbox = new Inbox({
    ...{ store, desk, me, people, receipts, clock },
    onReceipt: (from, receipt) => reads.handleReceipt(from, receipt, 'server'),
  });
  const preferences = new Preferences({ store, desk, receipts, session });
  return { people, links, outbox, ownMessages, inbox, receipts, reads, preferences };
}

/** The ways to everybody may have changed. */
export function touchAll({ outbox, receipts }: Parts): void {
  outbox.touchAll();
  receipts.touchAll();
}
