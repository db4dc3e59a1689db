import { decodeMessage, encodeMessage } from '../../../shared/chat/codec.ts';
import type { MessageKind, ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { newMailKeyId } from '../../../shared/chat/mail-key.ts';
import {
  installationIdFromBytes,
  type InstallationId,
  type MailKeyId,
  type PeerKey,
} from '../../../shared/ids.ts';
import { defaultServerSettings } from '../../../shared/settings.ts';
import type { ChatSimulation } from './chat-simulation.ts';
import type { SimulatedServer } from './simulated-server.ts';
import { agreementKeysOf } from '../../crypto/identity.ts';
import type { Identity } from '../../store/client-store.ts';
import { testIdentity } from './simulated-keys.ts';
import type { SimulatedHost } from '../network/simulated-network.ts';
import { EndpointNode } from '../transport/endpoint-node.ts';

/** A real endpoint in the simulated network. A test sends its messages by hand, to show the rules of the protocol. */
export class ManualClient {
  readonly node: EndpointNode;
  readonly host: SimulatedHost;
  readonly identity: Identity;
  readonly #simulation: ChatSimulation;

  constructor(simulation: ChatSimulation, address: string, port: number, seed = 7) {
    this.#simulation = simulation;
    this.identity = testIdentity(seed);
    this.host = simulation.host(address, `${address}/24`);
    this.node = new EndpointNode(this.host, port, {
      keys: agreementKeysOf(this.identity),
      seed: 70 + seed,
    });
  }

  get key(): PeerKey {
    return this.node.key;
  }

  say(peer: PeerKey, message: ProtocolMessage, waitMs = 100): void {
    this.node.apply({
      type: 'send',
      peer,
      channel: 'control',
      bytes: encodeMessage(message),
      token: message.kind,
    });
    this.#simulation.pass(waitMs);
  }

  /** All messages that it received, in order. */
  heard(): ProtocolMessage[] {
    return this.node.eventsOf('received').flatMap(({ bytes }) => {
      const decoded = decodeMessage(bytes);
      return decoded.type === 'message' ? [decoded.message] : [];
    });
  }

  heardOf<K extends MessageKind>(kind: K): ProtocolMessageOf<K>[] {
    return this.heard().filter((message): message is ProtocolMessageOf<K> => message.kind === kind);
  }
}

/** The installation of all manual clients, so that a test can name a mail key of each. */
export const manualInstallation: InstallationId = installationIdFromBytes(new Uint8Array(8).fill(0x77));

/** A mail key of a manual client. */
export function manualKeyId(number = 1): MailKeyId {
  return newMailKeyId(manualInstallation, Uint8Array.of(0, 0, 0, number));
}

/** A manual client that is connected to a server. */
export class ManualClientAtServer extends ManualClient {
  readonly server: PeerKey;

  constructor(simulation: ChatSimulation, server: SimulatedServer, address: string, seed?: number) {
    super(simulation, address, 5, seed);
    this.node.dial('d', [server.address]);
    simulation.until('connected', () => this.node.eventsOf('connected').length === 1);
    const connected = this.node.eventsOf('connected')[0];
    if (connected === undefined) throw new Error('a dial that succeeded has connected');
    this.server = connected.peer;
  }

  tell(message: ProtocolMessage): void {
    this.say(this.server, message);
  }

  register(
    registration: number,
    nickname = 'hand',
    change: Partial<ProtocolMessageOf<'register'>> = {},
  ): void {
    const rest = {
      installation: manualInstallation,
      formerInstallations: [],
      userInitiated: true,
      candidates: [],
      roster: null,
      settings: defaultServerSettings,
      features: [],
    };
    const { signingKey } = this.identity;
    this.tell({ kind: 'register', registration, signingKey, nickname, ...rest, ...change });
  }
}
