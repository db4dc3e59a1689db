import type { Address } from '../../shared/address.ts';
import { decodeMessage, encodeMessage } from '../../shared/chat/codec.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import { newMailKeyId } from '../../shared/chat/mail-key.ts';
import { envelopeFormat } from '../../shared/chat/envelope.ts';
import { installationIdFromBytes, type MessageId, type PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import { defaultServerSettings } from '../../shared/settings.ts';
import { transportCrypto } from '../../gateway/crypto/crypto.ts';
import { agreementKeysOf, newIdentity } from '../../gateway/crypto/identity.ts';
import { SystemClock } from '../../gateway/net/clock.ts';
import {
  Driver,
  type DrivenEndpoint,
  type OutgoingDatagram,
  type ReceivedDatagram,
} from '../../gateway/net/driver.ts';
import type { Identity } from '../../gateway/store/client-store.ts';
import { localDatagramBytesMax } from '../../gateway/net/local-mtu.ts';
import { secureRandom } from '../../gateway/net/random.ts';
import { UdpSocket } from '../../gateway/net/udp-socket.ts';
import { Endpoint } from '../../gateway/transport/endpoint.ts';
import type { EndpointAction, EndpointEvent } from '../../gateway/transport/events.ts';

/** The counts of all clients of a process since the last report. */
export interface LoadCounts {
  stored: number;
  rejected: number;
  rosterMessages: number;
  /** Bytes of the messages. The packet around each message adds some 40 bytes. */
  rosterBytes: number;
  rosterRows: number;
}

/** The installation of all load clients, so that each can name a mail key of any other. */
const installation = installationIdFromBytes(new Uint8Array(8).fill(1));
const mailKeyId = newMailKeyId(installation, new Uint8Array(4).fill(1));

/**
 * A minimal client: an endpoint on a socket of its own that registers, receives rosters and lets the server store messages.
 * It has no store and no frontend, so that a machine has room for two thousand beside the measured server.
 */
export class LoadClient implements DrivenEndpoint {
  readonly key: PeerKey;
  isRegistered = false;
  /** How many registrations the server has confirmed. */
  registrations = 0;
  /** When each message was sent for storing, until the server answers `stored`. */
  readonly #sentAtMs = new Map<MessageId, number>();
  readonly #endpoint: Endpoint;
  readonly #driver: Driver;
  readonly #nickname: string;
  readonly #identity: Identity;
  readonly #dial: EndpointAction;
  readonly #counts: LoadCounts;
  readonly #latenciesMs: number[];
  #server: PeerKey | undefined;
  #registration = 0;
  #wantsToBeOnline = true;
  #roster: ProtocolMessageOf<'register'>['roster'] = null;

  static async open(
    nickname: string,
    server: Address,
    counts: LoadCounts,
    latenciesMs: number[],
  ): Promise<LoadClient> {
    const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
    const client = new LoadClient(nickname, server, socket, counts, latenciesMs);
    client.#apply(client.#dial);
    return client;
  }

  private constructor(
    nickname: string,
    server: Address,
    socket: UdpSocket,
    counts: LoadCounts,
    latenciesMs: number[],
  ) {
    this.#nickname = nickname;
    this.#dial = { type: 'dial', dial: 'server', candidates: [server], expected: null };
    this.#counts = counts;
    this.#latenciesMs = latenciesMs;
    this.#identity = newIdentity(secureRandom);
    const keys = agreementKeysOf(this.#identity);
    this.#endpoint = new Endpoint({
      keys,
      crypto: transportCrypto,
      random: secureRandom,
      localDatagramBytesMax: ({ host }) => localDatagramBytesMax(host),
    });
    this.key = this.#endpoint.key;
    this.#driver = new Driver({ socket, endpoint: this, clock: new SystemClock(), conditioner: null });
  }

  join(): void {
    this.#wantsToBeOnline = true;
    // A server closes connections on which no one is registered.
    if (this.#server === undefined) this.#apply(this.#dial);
    else this.#register();
  }

  leave(): void {
    this.#wantsToBeOnline = false;
    this.#sendIfConnected({ kind: 'deregister', registration: this.#registration });
  }

  /** Sends an envelope for a recipient that is away. */
  store(to: PeerKey, id: MessageId, sealed: Uint8Array): void {
    this.#sentAtMs.set(id, performance.now());
    this.#sendIfConnected({
      kind: 'store',
      format: envelopeFormat,
      to,
      type: 'text',
      id,
      keyId: mailKeyId,
      sealed,
    });
  }

  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void {
    for (const { from, bytes } of datagrams) this.#endpoint.handleDatagram(now.monotonicMs, from, bytes);
    this.#readEvents(now);
  }

  handleTimeout(now: Moment): void {
    this.#endpoint.handleTimeout(now.monotonicMs);
    this.#readEvents(now);
  }

  pollTransmit(): OutgoingDatagram | undefined {
    return this.#endpoint.pollTransmit();
  }

  pollTimeout(): number | undefined {
    return this.#endpoint.pollTimeout();
  }

  #apply(action: EndpointAction): void {
    this.#driver.turn((now) => {
      this.#endpoint.apply(now.monotonicMs, action);
      this.#readEvents(now);
    });
  }

  #readEvents({ monotonicMs }: Moment): void {
    for (let event = this.#endpoint.pollEvent(); event !== undefined; event = this.#endpoint.pollEvent()) {
      for (const message of this.#handle(event)) this.#endpoint.apply(monotonicMs, this.#sendAction(message));
    }
  }

  /** Returns the messages that answer the event. */
  #handle(event: EndpointEvent): ProtocolMessage[] {
    switch (event.type) {
      case 'connected':
        this.#server = event.peer;
        this.isRegistered = false;
        return this.#wantsToBeOnline ? [this.#newRegistration()] : [];
      case 'disconnected':
      case 'dial-failed':
        this.isRegistered = false;
        this.#server = undefined;
        // About the back-off of a real client. A restarted server dials its clients earlier.
        if (this.#wantsToBeOnline)
          setTimeout(() => this.#server ?? this.#apply(this.#dial), 2_000 + 4_000 * Math.random());
        return [];
      case 'received': {
        const decoded = decodeMessage(event.bytes);
        return decoded.type === 'message' ? this.#handleMessage(decoded.message, event.bytes.length) : [];
      }
      default:
        return [];
    }
  }

  #handleMessage(message: ProtocolMessage, byteCount: number): ProtocolMessage[] {
    switch (message.kind) {
      case 'registered':
        this.isRegistered = true;
        this.registrations++;
        return [];
      case 'deregistered':
        this.isRegistered = false;
        return [];
      case 'roster':
        this.#roster = { epoch: message.epoch, version: message.to };
        this.#counts.rosterMessages++;
        this.#counts.rosterBytes += byteCount;
        this.#counts.rosterRows += message.rows.length;
        return [];
      case 'stored': {
        const sentAtMs = this.#sentAtMs.get(message.id);
        if (sentAtMs === undefined) return [];
        this.#sentAtMs.delete(message.id);
        this.#counts.stored++;
        this.#latenciesMs.push(performance.now() - sentAtMs);
        return [];
      }
      case 'reject':
        this.#counts.rejected++;
        return [];
      case 'deliver':
        return [{ kind: 'deliver-ack', items: [{ sender: message.from, id: message.id }] }];
      default:
        return [];
    }
  }

  #register(): void {
    this.#sendIfConnected(this.#newRegistration());
  }

  #newRegistration(): ProtocolMessageOf<'register'> {
    return {
      kind: 'register',
      registration: ++this.#registration,
      signingKey: this.#identity.signingKey,
      nickname: this.#nickname,
      installation,
      formerInstallations: [],
      userInitiated: true,
      candidates: [],
      roster: this.#roster,
      settings: defaultServerSettings,
      features: [],
    };
  }

  #sendIfConnected(message: ProtocolMessage): void {
    if (this.#server !== undefined) this.#apply(this.#sendAction(message));
  }

  #sendAction(message: ProtocolMessage): EndpointAction {
    if (this.#server === undefined) throw new Error('there is no connection to the server');
    const channel = message.kind === 'store' ? 'chat' : 'control';
    return { type: 'send', peer: this.#server, channel, bytes: encodeMessage(message), token: message.kind };
  }
}
