import type { InterfaceAddress } from '../../shared/address.ts';
import { newMessageId, type InstallationId } from '../../shared/ids.ts';
import type { ClientStore, Identity } from '../store/client-store.ts';
import type { SigningKeyCheck } from '../turn/signer.ts';
import type { ClientContext } from './context.ts';
import { Inbox } from './inbox.ts';
import { PeerConnections } from './peer-connections.ts';
import { Outbox } from './outbox.ts';
import { OwnMessages } from './own-messages.ts';
import { People } from './people.ts';
import { Preferences } from './preferences.ts';
import { ReadReceipts } from './read-receipts.ts';
import { DeliveryReceipts } from './delivery-receipts.ts';
import type { ServerClock } from './server-clock.ts';
import type { Session } from './session.ts';
import { surroundingsOf } from './surroundings.ts';

/** What of a client is taken from the store anew after a fault. */
export interface ClientComponents {
  readonly people: People;
  readonly links: PeerConnections;
  readonly outbox: Outbox;
  readonly ownMessages: OwnMessages;
  readonly inbox: Inbox;
  readonly receipts: DeliveryReceipts;
  readonly reads: ReadReceipts;
  readonly preferences: Preferences;
}

export interface ClientComponentsOptions {
  readonly store: ClientStore;
  readonly identity: Identity;
  readonly isSigningKeyOf: SigningKeyCheck;
  readonly installation: InstallationId;
  /** This machine's interface addresses right now. */
  readonly interfaces: () => readonly InterfaceAddress[];
  /** Bytes that nobody can guess. */
  readonly random: (byteCount: number) => Uint8Array;
}

export function buildComponents(
  options: ClientComponentsOptions,
  context: ClientContext,
  session: Session,
  clock: ServerClock,
): ClientComponents {
  const { store, identity, installation, interfaces, random, isSigningKeyOf } = options;
  const me = identity.key;
  const people = new People(store, context, { me, clock, isSigningKeyOf });
  const links = new PeerConnections(context, surroundingsOf(session, people, interfaces));
  const outbox = new Outbox({
    ...{ store, context, me, clock },
    route: (now, peer) => (people.isBlocked(peer) ? { type: 'blocked' } : links.route(now, peer)),
  });
  const ownMessages = new OwnMessages({ store, context, me, installation, people, outbox, clock });
  const receipts = new DeliveryReceipts({
    ...{ store, context, me, installation },
    newId: (now) => newMessageId(now.wallMs, random(10)),
    way: (peer) => links.standingWay(peer),
  });
  const reads = new ReadReceipts({ store, context, people, outbox, receipts });
  const inbox = new Inbox({
    ...{ store, context, me, people, receipts, clock },
    onReceipt: (from, receipt) => reads.handleReceipt(from, receipt, 'server'),
  });
  const preferences = new Preferences({ store, context, receipts, session });
  return { people, links, outbox, ownMessages, inbox, receipts, reads, preferences };
}

/** The ways to everybody may have changed. */
export function touchAll({ outbox, receipts }: ClientComponents): void {
  outbox.touchAll();
  receipts.touchAll();
}
