import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { KeyConflict, Person, Session } from '../../../shared/bridge/schema.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Settings } from '../../../shared/settings.ts';
import { nicknameComparisonKey } from '../../../shared/nickname.ts';
import { safeLine } from '../text/safe-text.ts';

/** How the chat stands right now: the session, and the client table. */
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

  /** Whether the server runs in this gateway. */
  get isHosting(): boolean {
    return this.#isHosting;
  }

  /** What the person here has chosen; null before a server has been joined. */
  get settings(): Settings | null {
    return this.#settings;
  }

  /** My key, undefined before a server has been joined. */
  get me(): PeerKey | undefined {
    return 'me' in this.#session ? this.#session.me : undefined;
  }

  /** Whether the table is the server's newest: it follows the registration as a message of its own. */
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

  /** The person whom the typed nickname means (RFC 8266 section 2.4); it may be my own. */
  find(nickname: string): PeerKey | undefined {
    const wanted = nicknameComparisonKey(nickname);
    let found: Person | undefined;
    for (const person of this.#people.values()) {
      if (person.nickname === null || nicknameComparisonKey(person.nickname) !== wanted) continue;
      // A nickname means whoever it belonged to first, until the person here says otherwise.
      if (person.keyConflict?.type !== 'not-pinned') return person.key;
      found = person;
    }
    if (found !== undefined) return found.key;
    if (!('me' in this.#session)) return undefined;
    return nicknameComparisonKey(this.#session.nickname) === wanted ? this.#session.me : undefined;
  }

  /** All nicknames that are known, for completion. */
  nicknames(): string[] {
    return [...this.#people.values()].flatMap(({ nickname }) => (nickname === null ? [] : [nickname]));
  }

  isOnline(peer: PeerKey): boolean {
    return this.#people.get(peer)?.online ?? false;
  }

  /** Harmless on a terminal. Somebody whom the server has not named yet has the beginning of the key. */
  nicknameOf(peer: PeerKey): string {
    const person = this.#people.get(peer);
    if (person === undefined || person.nickname === null) return `unnamed-${peer.slice(0, 8)}`;
    return safeLine(person.nickname) + (person.keyConflict?.type === 'not-pinned' ? ' (another key)' : '');
  }

  /** Whether the safety number with this key was compared. */
  isVerified(peer: PeerKey): boolean {
    return this.#people.get(peer)?.verified === true;
  }

  /** What is to be decided about this person's key, if anything is. */
  keyConflictOf(peer: PeerKey): KeyConflict | undefined {
    return this.#people.get(peer)?.keyConflict;
  }

  /** A line a person, as the original printed its table; I stand in it too. `agoText`: how long ago a time is. */
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
