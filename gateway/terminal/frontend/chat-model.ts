import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { KeyConflict, Person, Session } from '../../../shared/bridge/schema.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Settings } from '../../../shared/settings.ts';
import { nicknameComparisonKey } from '../../../shared/nickname.ts';
import { safeLine } from '../text/safe-text.ts';

/** The present state of the chat: the session and the client table. */
export class ChatModel {
  #session: Session;
  #settings: Settings | null;
  #isHosting: boolean;
  readonly #people = new Map<PeerKey, Person>();

  constructor(snapshot: Snapshot) {
    this.#session = snapshot.session;
    this.#settings = snapshot.settings;
    this.#isHosting = snapshot.hosting !== null;
    this.#put(snapshot.people);
  }

  get session(): Session {
    return this.#session;
  }

  /** True if the server of the chat runs in this gateway. */
  get isHosting(): boolean {
    return this.#isHosting;
  }

  /** The user's settings; null before the first join. */
  get settings(): Settings | null {
    return this.#settings;
  }

  /** The user's own key; undefined before the first join. */
  get me(): PeerKey | undefined {
    return 'me' in this.#session ? this.#session.me : undefined;
  }

  /** True once the server's newest table is here. It arrives in a separate message after the registration. */
  get hasRoster(): boolean {
    return this.#session.phase === 'online' && Array.from(this.#people.values()).some(({ online }) => online);
  }

  handle(event: BridgeEvent): void {
    switch (event.type) {
      case 'session':
        this.#session = event.session;
        break;
      case 'settings':
        this.#settings = event.settings;
        break;
      case 'hosting':
        this.#isHosting = event.hosting !== null;
        break;
      case 'people':
        this.#put(event.people);
        break;
      case 'people-gone':
        for (const key of event.keys) this.#people.delete(key);
        break;
      case 'reset':
        this.#session = event.snapshot.session;
        this.#settings = event.snapshot.settings;
        this.#isHosting = event.snapshot.hosting !== null;
        this.#people.clear();
        this.#put(event.snapshot.people);
        break;
      case 'message':
      case 'delivery':
      case 'discarded':
      case 'read':
      case 'waiting-messages':
      case 'delivered-by-server':
      case 'other-version':
      case 'key-accepted':
        break;
      default:
        event satisfies never;
    }
  }

  /** Finds the peer with the typed nickname (RFC 8266 section 2.4), which may be the user's own. */
  find(nickname: string): PeerKey | undefined {
    const wanted = nicknameComparisonKey(nickname);
    let found: Person | undefined;
    for (const person of this.#people.values()) {
      if (person.nickname === null || nicknameComparisonKey(person.nickname) !== wanted) continue;
      // A nickname belongs to its first key until the user accepts a different one.
      if (person.keyConflict?.type !== 'not-pinned') return person.key;
      found = person;
    }
    if (found !== undefined) return found.key;
    if (!('me' in this.#session)) return undefined;
    return nicknameComparisonKey(this.#session.nickname) === wanted ? this.#session.me : undefined;
  }

  /** All known nicknames, for completion. */
  nicknames(): string[] {
    return [...this.#people.values()].flatMap(({ nickname }) => (nickname === null ? [] : [nickname]));
  }

  isOnline(peer: PeerKey): boolean {
    return this.#people.get(peer)?.online ?? false;
  }

  /** Returns a nickname that is harmless on a terminal; for a peer without a nickname, the start of its key. */
  nicknameOf(peer: PeerKey): string {
    const person = this.#people.get(peer);
    if (person === undefined || person.nickname === null) return `unnamed-${peer.slice(0, 8)}`;
    return safeLine(person.nickname) + (person.keyConflict?.type === 'not-pinned' ? ' (different key)' : '');
  }

  /** Returns whether the user has compared the safety number with this key. */
  isVerified(peer: PeerKey): boolean {
    return this.#people.get(peer)?.verified === true;
  }

  /** Returns the decision about this peer's key that the user has to make, if any. */
  keyConflictOf(peer: PeerKey): KeyConflict | undefined {
    return this.#people.get(peer)?.keyConflict;
  }

  /** Returns the client table like the original program's: one line per person, the user included. */
  clientLines(agoText: (wallMs: number) => string): string[] {
    const rows = new Map<string, string>();
    if ('me' in this.#session)
      rows.set(this.#session.nickname, this.#session.phase === 'online' ? 'Online' : 'Offline');
    for (const { key, nickname, online, lastSeenMs } of this.#people.values()) {
      if (nickname === null || key === this.me) continue;
      const ago = lastSeenMs === undefined ? '' : agoText(lastSeenMs);
      rows.set(nickname, online ? 'Online' : ago === '' ? 'Offline' : `Offline, last seen ${ago}`);
    }
    return [...rows]
      .sort(([left], [right]) => left.localeCompare(right))
      .map(([nickname, presence]) => `${safeLine(nickname)} | ${presence}`);
  }

  #put(people: readonly Person[]): void {
    for (const person of people) this.#people.set(person.key, person);
  }
}
