import { hostname } from 'node:os';
import type { NearbyChat, NearbyPhase } from '../../shared/bridge/schema.ts';
import { tellsNickname, toChatName } from '../../shared/discovery/chat-name.ts';
import type { NearbyChat as FoundChat } from '../../shared/discovery/nearby-chats.ts';
import type { PeerKey, SigningKey } from '../../shared/ids.ts';
import { isLoopback } from '../../shared/address.ts';
import { formatNamedKey } from '../../shared/join-address.ts';
import { nearbyChatsMax } from '../../shared/limits.ts';
import { protocolVersion } from '../../shared/wire/layout.ts';
import type { ChatSearch, RunningServer } from '../control/ports.ts';
import { fingerprintOf } from '../crypto/fingerprint.ts';
import { newIdentity, signingKeyOf } from '../crypto/identity.ts';
import { signerOf } from '../crypto/signer.ts';
import { SystemClock } from '../net/clock.ts';
import { Announcer } from '../net/discovery/announcer.ts';
import { Finder } from '../net/discovery/finder.ts';
import { neighbours } from '../net/discovery/neighbours.ts';
import { interfaceAddresses } from '../net/interfaces.ts';
import { secureRandom } from '../net/random.ts';

/** Finds chats on the local network for this gateway, and lets others find the one that it hosts. */
export class LanDiscovery implements ChatSearch {
  readonly #isOn: boolean;
  readonly #clock = new SystemClock();
  /** The signing key of each peer key: to compute one takes longer than to check a signature. */
  readonly #signingKeys = new Map<PeerKey, SigningKey | undefined>();
  #finder: Finder | undefined;
  #onChange: () => void = () => undefined;
  #announcer: Announcer | undefined;
  readonly #hostName: () => string;
  /** Of the user here. */
  #nickname: string | undefined;

  constructor(isOn: boolean, hostName: () => string = hostname) {
    this.#isOn = isOn;
    this.#hostName = hostName;
  }

  /** The name of the chat must not tell this nickname. */
  hideNickname(nickname: string): void {
    this.#nickname = nickname;
  }

  /** The name of this computer; empty where it tells who uses it. */
  get chatName(): string {
    const name = toChatName(this.#hostName().split('.', 1)[0] ?? '');
    const tells = this.#nickname !== undefined && tellsNickname(name, this.#nickname);
    return name === 'localhost' || tells ? '' : name;
  }

  start(onChange: () => void): void {
    this.#onChange = onChange;
    if (!this.#isOn) return;
    // It stays for the next search, because it knows which networks were searched.
    this.#finder ??= new Finder({
      clock: this.#clock,
      random: secureRandom,
      verify: this.verifier(),
      neighbours,
      onChange: () => this.#onChange(),
    });
    void this.#finder.start();
  }

  stop(): void {
    this.#onChange = () => undefined;
    this.#finder?.stop();
    this.#signingKeys.clear();
  }

  found(): { readonly phase: NearbyPhase; readonly chats: readonly NearbyChat[] } {
    if (!this.#isOn || this.#finder === undefined) return { phase: 'off', chats: [] };
    const { phase } = this.#finder;
    // The sockets open within a moment.
    return { phase: phase === 'off' ? 'asking' : phase, chats: this.#finder.chats().map(nearbyChatOf) };
  }

  /** Lets others find this server until `endAnnouncing`. */
  announce(server: RunningServer): void {
    if (!this.#isOn) return;
    this.#announcer = new Announcer({
      clock: this.#clock,
      key: server.key,
      sign: (bytes) => server.signBeacon(bytes),
      fraction: Math.random,
      facts: () => ({
        port: server.port,
        needsCode: server.admin.joinCode !== null,
        versions: [protocolVersion],
        name: this.chatName,
        addresses: interfaceAddresses()
          .filter(({ host, network }) => network === 'lan' && !isLoopback(host))
          .map(({ host }) => host),
      }),
    });
  }

  endAnnouncing(): void {
    this.#announcer?.close();
    this.#announcer = undefined;
  }

  /** Returns what checks the signature of a server under a beacon. */
  verifier(): (key: PeerKey, signed: Uint8Array, signature: Uint8Array) => boolean {
    // The identity takes no part in a check.
    const signer = signerOf(newIdentity(secureRandom));
    return (key, signed, signature) => {
      const signingKey = this.#signingKeyOf(key);
      return signingKey !== undefined && signer.verify('beacon', signingKey, signed, signature);
    };
  }

  #signingKeyOf(key: PeerKey): SigningKey | undefined {
    if (this.#signingKeys.has(key)) return this.#signingKeys.get(key);
    if (this.#signingKeys.size >= nearbyChatsMax) this.#signingKeys.clear();
    const signingKey = signingKeyOf(key);
    this.#signingKeys.set(key, signingKey);
    return signingKey;
  }
}

function nearbyChatOf({ key, name, needsCode, versions, addresses }: FoundChat): NearbyChat {
  return {
    name,
    key,
    fingerprint: formatNamedKey({ type: 'fingerprint', fingerprint: fingerprintOf(key) }),
    addresses: [...addresses],
    needsCode,
    isCompatible: versions.includes(protocolVersion),
  };
}
