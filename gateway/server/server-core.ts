import type { Grease } from '../../shared/chat/grease.ts';
import type { JoinCode, PeerKey, ServerEpoch, SigningKey } from '../../shared/ids.ts';
import type { ServerStore } from '../store/server-store.ts';
import type { SigningKeyCheck } from '../turn/signer.ts';
import type { AddressLookupHandler } from './address-lookup-handler.ts';
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
import { ServerAdmin } from './server-admin.ts';
import type { StartupReconnector } from './startup-reconnector.ts';

/** The parts that mirror the store in memory. After a fault of the store they are all built from it again. */
export interface ServerCore {
  readonly registry: Registry;
  readonly roster: RosterPublisher;
  readonly mailbox: MailboxService;
  readonly presence: PresenceTracker;
  readonly registrations: RegistrationService;
  readonly dispatcher: MessageDispatcher;
  readonly admin: ServerAdmin;
}

/** What a core is built on. It outlives the core. */
export interface ServerCoreOptions {
  readonly store: ServerStore;
  readonly epoch: ServerEpoch;
  /** The server's own. */
  readonly signingKey: SigningKey;
  readonly isSigningKeyOf: SigningKeyCheck;
  readonly context: ServerContext;
  readonly connections: Connections;
  readonly reconnector: StartupReconnector;
  readonly classes: PeerClasses;
  readonly addressLookup: AddressLookupHandler;
  readonly joinCodeCheck: JoinCodeCheck;
  readonly newJoinCode: () => JoinCode;
  /** Sends unknown things now and then; null: never. */
  readonly grease: Grease | null;
  readonly mailKeys: MailKeyService;
}

/** The core before a fault, and when mail may be offered again. */
export interface Fault {
  readonly previous: ServerCore;
  readonly pausedUntilMs: number;
}

export function buildServerCore(options: ServerCoreOptions, fault?: Fault): ServerCore {
  const { store, epoch, signingKey, isSigningKeyOf, context } = options;
  const { connections, reconnector, classes, addressLookup, joinCodeCheck, newJoinCode, mailKeys, grease } =
    options;
  // A client that is still connected stays online. The others that were online are expected to return.
  const presenceAfterFault = (key: PeerKey): Presence | undefined => {
    const presence = fault?.previous.registry.find(key)?.presence;
    const isConnected =
      presence?.state === 'online' && connections.isRegistered({ peer: key, instance: presence.instanceId });
    return isConnected ? presence : undefined;
  };
  const registry = new Registry(store.names, () => store.facts.get().runningMs, presenceAfterFault);
  const roster = buildRoster(options, registry, fault);
  const mailbox = new MailboxService({
    store,
    registry,
    context,
    mailKeys,
    ...(fault === undefined ? {} : { pausedUntilMs: fault.pausedUntilMs }),
  });
  const presence = new PresenceTracker({
    context,
    connections,
    registry,
    roster,
    mailbox,
    reconnector,
    classes,
  });
  const registrations = new RegistrationService({
    epoch,
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
    mailKeys,
  });
  const admin = new ServerAdmin({ store, registry, registrations, newJoinCode });
  return { registry, roster, mailbox, presence, registrations, dispatcher, admin };
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
