import { isExecutedAs, type Command, type Answer } from '../../shared/bridge/commands.ts';
import type { BridgeEvent, NumberedEvent } from '../../shared/bridge/events.ts';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import { formatAddress } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Trace } from '../../shared/trace.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import type { TurnStore } from '../turn/role.ts';
import type { TraceFeed } from './trace-feed.ts';

export type Layer = 'transport' | 'client' | 'server' | 'store' | 'bridge';

/**
 * Writes one line of `--log debug`: what a layer does, in plain words. Lines hold ids, kinds, sizes and times, never the text
 * of a message, a nickname or key material.
 */
export type DebugLog = (layer: Layer, sentence: string) => void;

/** How to look into a running role. */
export interface Diagnostics {
  readonly traces: TraceFeed;
  /** Undefined below the level `debug`. */
  readonly log: DebugLog | undefined;
}

/** Returns a log that writes lines such as `14:03:22.105 store: client committed in 0.4 ms`. */
export function debugLogTo(write: (line: string) => void, wallMs: () => number): DebugLog {
  return (layer, sentence) => {
    const clock = new Date(wallMs()).toISOString().slice(11, 23);
    write(`${clock} ${layer}: ${sentence}\n`);
  };
}

/** Returns the line of a trace; undefined for datagrams that simply pass: `--trace` has those. */
export function transportSentence(role: string, trace: Trace): string | undefined {
  switch (trace.type) {
    case 'sent':
    case 'late':
      return undefined;
    case 'received':
      if (trace.dropped === null) return undefined;
      return `${role} dropped ${trace.size} bytes from ${formatAddress(trace.from)}: ${trace.dropped}`;
    case 'timer':
      return `${role} timer ${trace.timer}${ofPeer(trace.peer)}`;
    case 'lost':
      return `${role} lost packet ${trace.number}${ofPeer(trace.peer)}${listOf(trace.tokens)}`;
    case 'event': {
      if (trace.event === 'received' || trace.event === 'received-unreliable') return undefined;
      const cause = trace.cause === null ? '' : `: ${trace.cause}`;
      return `${role} ${trace.event}${ofPeer(trace.peer)}${listOf(trace.token === null ? [] : [trace.token])}${cause}`;
    }
    case 'missing':
      return `${role} made ${trace.count} traces too many`;
    default:
      return trace satisfies never;
  }
}

/** Returns the line of an event for frontends: at least its type, and no text or nickname of it. */
export function clientSentence(event: BridgeEvent): string {
  switch (event.type) {
    case 'session':
      return `session ${event.session.phase}${'code' in event.session ? `: ${event.session.code}` : ''}`;
    case 'message': {
      const { id, conversation } = event.message;
      return `message ${id} in ${conversation}${event.backlog ? ', from the backlog' : ''}`;
    }
    case 'changed':
      return `${event.change.kind} of ${event.message.id} in ${event.message.conversation}`;
    case 'notify':
      return `notify ${event.notify} in ${event.conversation}`;
    case 'delivery':
      return `delivery of ${event.id} in ${event.conversation}: ${event.delivery.state}`;
    case 'discarded':
    case 'delivered-by-server':
      return `${event.type} ${event.id} in ${event.conversation}`;
    case 'read':
      return `read in ${event.conversation}, ${event.unread} unread`;
    case 'contacts':
      return `${event.contacts.length} changed contact rows`;
    case 'contacts-removed':
      return `${event.keys.length} removed contact rows`;
    case 'rooms':
      return `${event.rooms.length} changed rooms`;
    case 'room-refused':
      return `entry ${event.id ?? '-'} of room ${event.room} refused: ${event.code}`;
    case 'change-failed':
      return `${event.kind} ${event.id} failed: ${event.code}`;
    case 'room-list':
      return `${event.rooms.length} rooms in the list of the server`;
    case 'waiting-messages':
      return `${event.count} messages wait on the server`;
    case 'key-accepted':
      return `accepted key ${event.key} for ${event.peer}`;
    case 'hosting':
      return event.hosting === null ? 'hosts no server' : `hosts a server on port ${event.hosting.port}`;
    case 'guests':
      return event.guests === null
        ? 'takes no guests'
        : `${event.guests.guests.length} guests, and ${event.guests.waiting.length} visitors wait`;
    case 'other-version':
      return `version ${event.version} at ${event.from}, others at ${event.others} addresses`;
    default:
      return event.type;
  }
}

/** Returns the line of a server's change, without the nicknames in it. */
export function serverSentence(change: ServerChange): string {
  switch (change.type) {
    case 'registered':
    case 'moved':
      return `${change.type} from ${change.address}`;
    case 'departed':
      return `departed: ${change.cause}`;
    case 'refused':
      return `refused ${change.address}: ${change.code}`;
    case 'stored':
      return `stored a message, ${change.waiting} now wait for the recipient`;
    case 'delivered':
      return `delivered ${change.count} stored messages`;
    case 'other-version':
      return `version ${change.version} at ${change.from}, others at ${change.others} addresses`;
    default:
      return change satisfies never;
  }
}

/** A shorter sync had nothing to put on the disk. */
const writingSyncMs = 0.1;

/** Returns the store, with a line for each transaction that reaches the disk or is refused. */
export function loggedStore(store: TurnStore, role: string, log: DebugLog, nowMs: () => number): TurnStore {
  let commitMs = 0;
  const timed = (step: () => void, what: string): number => {
    const startMs = nowMs();
    try {
      step();
    } catch (error) {
      log('store', `${role} could not ${what}: ${error instanceof Error ? error.name : 'unknown error'}`);
      throw error;
    }
    return nowMs() - startMs;
  };
  return {
    erase: () => store.erase(),
    begin: () => store.begin(),
    savepoint: (input) => store.savepoint(input),
    commit: () => {
      commitMs = timed(() => store.commit(), 'commit');
    },
    sync: () => {
      const syncMs = timed(() => store.sync(), 'put its commit on the disk');
      if (syncMs < writingSyncMs) return;
      log(
        'store',
        `${role} committed in ${commitMs.toFixed(1)} ms, on the disk after ${syncMs.toFixed(1)} ms`,
      );
    },
  };
}

/** Returns the gateway's API for a frontend, with a line for each command and each start and end of a subscription. */
export function loggedApi(api: GatewayApi, log: DebugLog, nowMs: () => number): GatewayApi {
  let frontends = 0;
  return {
    execute: async (commandId, command, subscription) => {
      const startMs = nowMs();
      const answer = await api.execute(commandId, command, subscription);
      if (!isLookOfOperator(command))
        log('bridge', `${commandSentence(command, answer)} in ${(nowMs() - startMs).toFixed(1)} ms`);
      return answer;
    },
    export: (conversation, form) => api.export(conversation, form),
    snapshot: () => api.snapshot(),
    subscribe: (listener: (event: NumberedEvent) => void) => {
      log('bridge', `a frontend subscribes, ${++frontends} now`);
      const subscription = api.subscribe(listener);
      return {
        unsubscribe: () => {
          log('bridge', `a frontend leaves, ${--frontends} now`);
          subscription.unsubscribe();
        },
      };
    },
    subscribeEphemeral: (onEvent) => api.subscribeEphemeral(onEvent),
    missedSince: (cursor) => api.missedSince(cursor),
    watchTraces: (listener) => api.watchTraces(listener),
    cursor: () => api.cursor(),
  };
}

/** The page of the operator asks again and again, and must not fill the log that it shows. */
function isLookOfOperator(command: Command): boolean {
  const { type } = command;
  return isExecutedAs(command, 'server-query') || type === 'log' || type === 'traffic' || type === 'browsers';
}

function commandSentence(command: Command, answer: Answer): string {
  const result = answer.status === 'refused' ? `refused (${answer.code})` : answer.status;
  return `command ${command.type} ${result}`;
}

function ofPeer(peer: PeerKey | null): string {
  return peer === null ? '' : ` ${peer.slice(0, 16)}`;
}

function listOf(tokens: readonly string[]): string {
  return tokens.length === 0 ? '' : ` [${tokens.join(', ')}]`;
}
