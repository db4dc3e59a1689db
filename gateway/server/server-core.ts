import type { Grease } from '../../shared/chat/grease.ts';
import type { JoinCode, PeerKey, ServerEpoch, SigningKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { Sha256 } from '../../shared/rooms/entry.ts';
import type { ServerStore } from '../store/server-store.ts';
import type { Eraser } from '../turn/eraser.ts';
import type { Signer, SigningKeyCheck } from '../turn/signer.ts';
import type { AddressLookupHandler } from './address-lookup-handler.ts';
import type { CheckRelay } from './check-relay.ts';
import type { Connections } from './connections.ts';
import type { ServerContext } from './context.ts';
import type { JoinCodeCheck } from './join-code-check.ts';
import type { MailKeyService } from './mail-key-service.ts';
import { MailboxService } from './mailbox-service.ts';
import { MessageDispatcher } from './message-dispatcher.ts';
import type { PeerClasses } from './peer-classes.ts';
import { PresenceTracker } from './presence-tracker.ts';
import { RegistrationService } from './registration-service.ts';
import { Registry, type Presence } from './registry.ts';
import { RosterPublisher } from './roster-publisher.ts';
import { RoomService } from './rooms/room-service.ts';
import { ServerAdmin } from './server-admin.ts';
import type { StartupReconnector } from './startup-reconnector.ts';

/** The parts that mirror the store in memory. After a fault of the store they are all built from it again. */
export interface ServerCore {
  readonly registry: Registry;
  readonly roster: RosterPublisher;
  readonly mailbox: MailboxService;
  readonly presence: PresenceTracker;
  readonly registrations: RegistrationService;
  readonly rooms: RoomService;
  readonly dispatcher: MessageDispatcher;
  readonly admin: ServerAdmin;
}

/** What a core is built on. It outlives the core. */
export interface ServerCoreOptions {
  readonly store: ServerStore;
  readonly epoch: ServerEpoch;
  /** The server's own. */
  readonly key: PeerKey;
  readonly signingKey: SigningKey;
  readonly signer: Signer;
  readonly signingKeyOf: (peer: PeerKey) => SigningKey | undefined;
  readonly sha256: Sha256;
  readonly random: (byteCount: number) => Uint8Array;
  readonly eraser: Eraser;
  readonly isSigningKeyOf: SigningKeyCheck;
  readonly context: ServerContext;
  readonly connections: Connections;
  readonly reconnector: StartupReconnector;
  readonly classes: PeerClasses;
  readonly addressLookup: AddressLookupHandler;
  readonly checks: CheckRelay;
  readonly joinCodeCheck: JoinCodeCheck;
  readonly newJoinCode: () => JoinCode;
  /** Sends unknown things now and then; null: never. */
  readonly grease: Grease | null;
  readonly mailKeys: MailKeyService;
}

/** The core before a fault, and when mail may be offered again. */
export interface Fault {
  readonly previous: ServerCore;
  readonly now: Moment;
  readonly pausedUntilMs: number;
}

export function buildServerCore(options: ServerCoreOptions, fault?: Fault): ServerCore {
  const { store, epoch, key, signer, signingKey, isSigningKeyOf, context } = options;
  const { connections, reconnector, classes, addressLookup, checks } = options;
  const { joinCodeCheck, newJoinCode, mailKeys, grease } = options;
  const registry = buildRegistry(options, fault);
  const roster = buildRoster(options, registry, fault);
  const mailbox = new MailboxService({
    store,
    registry,
    context,
    mailKeys,
    ...(fault === undefined ? {} : { pausedUntilMs: fault.pausedUntilMs }),
  });
  const rooms = buildRooms(options, registry, fault);
  const presence = new PresenceTracker({
    context,
    connections,
    registry,
    roster,
    mailbox,
    rooms,
    reconnector,
    classes,
  });
  const registrations = new RegistrationService({
    epoch,
    key,
    signer,
    signingKey,
    isSigningKeyOf,
    joinCodeCheck,
    store,
    grease,
    context,
    connections,
    registry,
    roster,
    mailbox,
    mailKeys,
    rooms,
    presence,
    reconnector,
    classes,
  });
  const dispatcher = new MessageDispatcher({
    context,
    connections,
    registry,
    roster,
    mailbox,
    presence,
    registrations,
    addressLookup,
    checks,
    mailKeys,
    rooms,
  });
  const admin = new ServerAdmin({ store, registry, registrations, mailbox, rooms, newJoinCode });
  return { registry, roster, mailbox, presence, registrations, rooms, dispatcher, admin };
}

/** A client that is still connected stays online. The others that were online are expected to return. */
function buildRegistry({ store, connections }: ServerCoreOptions, fault: Fault | undefined): Registry {
  const presenceAfterFault = (key: PeerKey): Presence | undefined => {
    const presence = fault?.previous.registry.find(key)?.presence;
    const isConnected =
      presence?.state === 'online' && connections.isRegistered({ peer: key, instance: presence.instanceId });
    return isConnected ? presence : undefined;
  };
  return new Registry(store.names, () => store.facts.get().runningMs, presenceAfterFault);
}

function buildRooms(options: ServerCoreOptions, registry: Registry, fault: Fault | undefined): RoomService {
  const { context, connections, grease, eraser } = options;
  const rooms = new RoomService({
    ports: { ...options, registry },
    context,
    sendBytes: (peer, bytes, token) => {
      const instance = connections.registered(peer);
      const sent = grease?.map(bytes) ?? bytes;
      context.perform({ type: 'send', peer, instance, channel: 'chat', bytes: sent, token });
    },
    eraseSoon: (now) => eraser.eraseSoon(now),
  });
  if (fault !== undefined) rooms.resume(fault.now, fault.previous.rooms);
  return rooms;
}

function buildRoster(
  { epoch, context, connections, grease }: ServerCoreOptions,
  registry: Registry,
  fault: Fault | undefined,
): RosterPublisher {
  return new RosterPublisher(
    {
      epoch,
      table: registry,
      send: (peer, bytes, token) => {
        const instance = connections.registered(peer);
        context.perform({
          type: 'send',
          peer,
          instance,
          channel: 'control',
          bytes: grease?.map(bytes) ?? bytes,
          token,
        });
      },
    },
    fault?.previous.roster,
  );
}
