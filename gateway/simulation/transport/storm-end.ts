import assert from 'node:assert/strict';
import type { Address } from '../../../shared/address.ts';
import type { InstanceId, PeerKey } from '../../../shared/ids.ts';
import { channelCreditsMax, halfOpenMax, peerConnectionsMax } from '../../../shared/limits.ts';
import type { Profile } from '../../../shared/wire/parameters.ts';
import type { Channel, EndpointEvent, NetworkChange } from '../../transport/events.ts';
import { EndpointNode, testKey, testKeys } from './endpoint-node.ts';
import type { KeyLimits } from '../../transport/timing.ts';
import type { SimulatedHost } from '../network/simulated-network.ts';
import type { DeliveryInvariants } from './delivery-invariants.ts';

/** What the role of an end knows about another end. */
interface Acquaintance {
  /** The peer's processes with a live connection. */
  readonly instances: Set<InstanceId>;
  isDialing: boolean;
  /** Counts connections that began or ended: shows whether a message's connection is still the same. */
  changes: number;
}

export interface StormEndOptions {
  readonly host: SimulatedHost;
  /** The number of its test keys, from 1. */
  readonly number: number;
  readonly seed: number;
  readonly profile: Profile;
  /** The limit of its interfaces. */
  readonly localDatagramBytesMax: number;
  readonly invariants: DeliveryInvariants;
  /** The number of ends in the storm. */
  readonly ends: number;
  readonly keyLimits: KeyLimits;
  readonly sendsGrease: boolean;
}

/** One end of a storm: an endpoint that is killed and restarted, and the knowledge of its role. */
export class StormEnd {
  readonly key: PeerKey;
  readonly host: SimulatedHost;
  restarts = 0;
  readonly #options: StormEndOptions;
  readonly #known = new Map<PeerKey, Acquaintance>();
  readonly #dials = new Map<string, PeerKey>();
  #unreliableSent = 0;
  readonly #unreliableReceived = new Set<string>();
  #node: EndpointNode;

  constructor(options: StormEndOptions) {
    this.#options = options;
    this.host = options.host;
    this.key = testKey(options.number);
    this.#node = this.#start();
  }

  get address(): Address {
    return this.#node.address;
  }

  get isRunning(): boolean {
    return this.#node.socket.isOpen;
  }

  knows(other: StormEnd): { readonly isConnected: boolean; readonly isDialing: boolean } {
    const { instances, isDialing } = this.#acquaintance(other.key);
    return { isConnected: instances.size > 0, isDialing };
  }

  changesWith(peer: PeerKey): number {
    return this.#acquaintance(peer).changes;
  }

  /** Kills its process without a CLOSE. */
  kill(): void {
    this.#node.socket.close();
    this.#options.invariants.restarted(this.key);
    for (const known of this.#known.values()) known.changes++;
  }

  comeBack(): void {
    this.restarts++;
    for (const known of this.#known.values()) {
      known.instances.clear();
      known.isDialing = false;
    }
    this.#dials.clear();
    this.#node = this.#start();
  }

  /** `elsewhere`: further addresses, at which the other end is not. */
  dial(other: StormEnd, isKeyKnown: boolean, elsewhere: readonly Address[] = []): void {
    const name = `${other.key} ${this.#dials.size} ${this.restarts}`;
    this.#dials.set(name, other.key);
    this.#acquaintance(other.key).isDialing = true;
    this.#node.dial(name, [...elsewhere, other.address], isKeyKnown ? other.key : null);
  }

  send(other: StormEnd, channel: Channel, byteCount: number): void {
    const connection = this.changesWith(other.key);
    const { written, bytes } = this.#options.invariants.write({
      from: this.key,
      to: other.key,
      channel,
      byteCount,
      connection,
    });
    this.#node.apply({ type: 'send', peer: other.key, channel, bytes, token: written.token });
  }

  sendUnreliable(other: StormEnd): void {
    const bytes = new TextEncoder().encode(`${this.restarts} ${this.#unreliableSent++}`);
    this.#node.apply({ type: 'send-unreliable', peer: other.key, bytes });
  }

  close(other: StormEnd): void {
    // An end that closes has forgotten the peer, and gets no event.
    const known = this.#acquaintance(other.key);
    known.instances.clear();
    known.changes++;
    this.#node.apply({ type: 'close', peer: other.key, reason: 'goodbye' });
  }

  /** The event may be right or wrong. */
  noticeNetworkChange(change: NetworkChange): void {
    this.#node.handleNetworkChange(change);
  }

  /** How often its live connections have exchanged new keys. */
  get keyExchanges(): number {
    return this.#node.endpoint.statistics().reduce((sum, { keyExchanges }) => sum + keyExchanges, 0);
  }

  checkBounds(): void {
    const { connections, dials, halfOpens, reassemblyBytes } = this.#holdings();
    const peers = this.#options.ends - 1;
    // A peer that has started again elsewhere has a connection for each process, until the old ones are found dead.
    const connectionsMax = peers * peerConnectionsMax;
    assert(connections <= connectionsMax, `${connections} connections to ${peers} peers`);
    // The dials of the role, and one redial after a RESET for each connection.
    assert(dials <= this.#dials.size + connectionsMax, `${dials} dials`);
    assert(halfOpens <= halfOpenMax, `${halfOpens} half-open handshakes`);
    const { control, chat, bulk } = channelCreditsMax;
    assert(
      reassemblyBytes <= connectionsMax * (control + chat + bulk),
      `${reassemblyBytes} bytes half received`,
    );
  }

  /** Checks that nothing is half-done while connections live and all messages have arrived. */
  checkNothingIsHalfSaid(): void {
    const { dials, halfOpens, reassemblyBytes, sendQueuesBytes } = this.#holdings();
    assert.deepEqual([dials, halfOpens, reassemblyBytes, sendQueuesBytes], [0, 0, 0, 0]);
  }

  /** Checks that nothing is kept after all connections are closed and some time has passed. */
  checkNothingIsKept(): void {
    assert.deepEqual(this.#holdings(), {
      connections: 0,
      dials: 0,
      halfOpens: 0,
      reassemblyBytes: 0,
      sendQueuesBytes: 0,
    });
    assert.equal(this.#node.pollTimeout(), undefined);
  }

  #holdings() {
    return this.#node.socket.turn(({ monotonicMs }) => this.#node.endpoint.holdings(monotonicMs));
  }

  #start(): EndpointNode {
    const { host, number, seed, profile, localDatagramBytesMax, keyLimits, sendsGrease } = this.#options;
    const node = new EndpointNode(host, 50_000, {
      keys: testKeys(number),
      seed: seed * 10_000 + this.restarts * 100 + number,
      profileOf: () => profile,
      localDatagramBytesMax: () => localDatagramBytesMax,
      keyLimits,
      sendsGrease,
    });
    node.onEvent = (_nowMs, event) => this.#handle(event);
    return node;
  }

  #acquaintance(peer: PeerKey): Acquaintance {
    const known: Acquaintance = this.#known.get(peer) ?? {
      instances: new Set(),
      isDialing: false,
      changes: 0,
    };
    this.#known.set(peer, known);
    return known;
  }

  #handle(event: EndpointEvent): void {
    const { invariants } = this.#options;
    switch (event.type) {
      case 'connected': {
        const known = this.#acquaintance(event.peer);
        known.instances.add(event.instance);
        known.changes++;
        if (event.dial !== null) this.#dialEnds(event.dial);
        return;
      }
      case 'dial-failed':
        return this.#dialEnds(event.dial);
      case 'disconnected': {
        const known = this.#acquaintance(event.peer);
        assert(known.instances.delete(event.instance), 'a connection ends that there was not');
        known.changes++;
        return;
      }
      case 'acknowledged':
        return invariants.acknowledged(this.key, event.peer, event.token);
      case 'undelivered':
        return invariants.undelivered(this.key, event.peer, event.token, event.cause);
      case 'received':
        return invariants.received(this.key, event.peer, event.channel, event.bytes);
      case 'received-unreliable': {
        const name = `${event.peer} ${new TextDecoder().decode(event.bytes)}`;
        assert(!this.#unreliableReceived.has(name), `${name} arrives at most once`);
        this.#unreliableReceived.add(name);
        return;
      }
      case 'attempt':
      case 'moved':
      case 'writable':
        return;
      case 'other-version':
        throw new Error('damage was taken for another version');
      default:
        event satisfies never;
    }
  }

  #dialEnds(dial: string): void {
    const peer = this.#dials.get(dial);
    assert(peer !== undefined, `dial ${dial} ends once`);
    this.#dials.delete(dial);
    this.#acquaintance(peer).isDialing = false;
  }
}
