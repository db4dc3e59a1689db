import { decodeSaid, encodeSaid } from '../../shared/chat/codec.ts';
import type { Kind, Said, SaidOf } from '../../shared/chat/kinds.ts';
import { peerKeyToBytes, runIdFromBytes, type PeerKey } from '../../shared/ids.ts';
import type { ChatWorld } from './chat-world.ts';
import type { ServerInWorld } from './server-in-world.ts';
import { EndpointNode, testKeys } from './endpoint-node.ts';

/** A true endpoint in the simulated network whose words are said by hand, to show the rules of what is said. */
export class Speaker {
  readonly node: EndpointNode;
  readonly #world: ChatWorld;

  constructor(world: ChatWorld, address: string, port: number, seed = 7) {
    this.#world = world;
    this.node = new EndpointNode(world.host(address, `${address}/24`), port, {
      keys: testKeys(seed),
      seed: 70 + seed,
    });
  }

  get key(): PeerKey {
    return this.node.key;
  }

  say(peer: PeerKey, said: Said, waitMs = 100): void {
    this.node.apply({ type: 'send', peer, channel: 'control', bytes: encodeSaid(said), token: said.kind });
    this.#world.pass(waitMs);
  }

  /** Everything that was said to it, in order. */
  heard(): Said[] {
    return this.node.eventsOf('received').flatMap(({ bytes }) => {
      const decoded = decodeSaid(bytes);
      return decoded.type === 'said' ? [decoded.said] : [];
    });
  }

  heardOf<K extends Kind>(kind: K): SaidOf<K>[] {
    return this.heard().filter((said): said is SaidOf<K> => said.kind === kind);
  }
}

/** Somebody by hand at a true server. */
export class SpeakerAtServer extends Speaker {
  readonly server: PeerKey;

  constructor(world: ChatWorld, server: ServerInWorld, address: string, seed?: number) {
    super(world, address, 5, seed);
    this.node.dial('d', [server.address]);
    world.until('connected', () => this.node.eventsOf('connected').length === 1);
    const connected = this.node.eventsOf('connected')[0];
    if (connected === undefined) throw new Error('a dial that succeeded has connected');
    this.server = connected.peer;
  }

  tell(said: Said): void {
    this.say(this.server, said);
  }

  register(registration: number, nickname = 'hand', change: Partial<SaidOf<'register'>> = {}): void {
    const run = runIdFromBytes(peerKeyToBytes(this.key).subarray(0, 8));
    const rest = { asked: true, candidates: [], roster: null, showsLastSeen: false };
    this.tell({ kind: 'register', registration, nickname, run, ...rest, ...change });
  }
}
