import type { RosterRow, ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { PeerKey, ServerEpoch, SigningKey } from '../../shared/ids.ts';
import { peopleUnspokenMax, strangersMax } from '../../shared/limits.ts';
import type { DirectMessage } from '../../shared/message.ts';
import { parseNickname } from '../../shared/nickname.ts';
import type { ClientStore, Contact } from '../store/client-store.ts';
import type { PersonView } from './client-event.ts';
import type { SigningKeyCheck } from '../turn/signer.ts';
import type { ClientContext } from './context.ts';
import { Pins } from './pins.ts';
import type { ServerClock } from './server-clock.ts';

interface Row extends Contact {
  /** As the roster said last. */
  readonly online: boolean;
  readonly addressRevision: number;
  /** What the server answered last, and after how many moves; null before it did. */
  readonly lastLookup: { readonly addressRevision: number; readonly isAnywhere: boolean } | null;
  /** The listing that named this person last. */
  readonly rosterGeneration: number;
  /** Since when the person is offline, by the server's clock; null where nobody knows, or nobody is to know. */
  readonly lastSeenMs: number | null;
  /** Counts what the server told; of this person when this was told last. */
  readonly lastMentioned: number;
}

/** Whom this client knows: the roster's people, and people of earlier days. */
export class People {
  readonly #store: Pick<ClientStore, 'contacts' | 'messages' | 'pins'>;
  readonly #context: ClientContext;
  readonly #me: PeerKey;
  readonly #clock: Pick<ServerClock, 'hereMs'>;
  readonly #isSigningKeyOf: SigningKeyCheck;
  readonly #pins: Pins;
  readonly #rows = new Map<PeerKey, Row>();
  /** Counted once, then kept along: counting walks over everything that was never read. */
  readonly #unreadCounts = new Map<PeerKey, number>();
  /** People who are in no roster yet. */
  readonly #strangers = new Set<PeerKey>();
  /** Everybody to or by whom anything was ever said. */
  readonly #spokenWith: Set<PeerKey>;
  /** How much of the client table is here; null: nothing. */
  #roster: { readonly epoch: ServerEpoch; readonly version: number } | null = null;
  /** Counts how often the table began anew. */
  #listing = 0;
  /** Until the table is whole, somebody who is not in it yet may still come. */
  #isListing = false;
  #told = 0;
  /** What the clock here shows at the server's 0, by which faces were told times last. */
  #clockTold: number | undefined;

  constructor(
    store: Pick<ClientStore, 'contacts' | 'messages' | 'pins'>,
    context: ClientContext,
    {
      me,
      clock,
      isSigningKeyOf,
    }: {
      readonly me: PeerKey;
      readonly clock: Pick<ServerClock, 'hereMs'>;
      readonly isSigningKeyOf: SigningKeyCheck;
    },
  ) {
    this.#store = store;
    this.#context = context;
    this.#me = me;
    this.#clock = clock;
    this.#isSigningKeyOf = isSigningKeyOf;
    this.#pins = new Pins(store);
    this.#spokenWith = new Set(store.contacts.spokenWith());
    for (const contact of store.contacts.all()) {
      this.#rows.set(contact.key, { ...unlisted, ...contact });
      if (contact.nickname === null) this.#strangers.add(contact.key);
    }
  }

  find(key: PeerKey): Row | undefined {
    return this.#rows.get(key);
  }

  view(): PersonView[] {
    return Array.from(this.#rows.values(), (row) => this.#personOf(row));
  }

  keys(): Iterable<PeerKey> {
    return this.#rows.keys();
  }

  /** How much of the client table is here, for the server to go on from there. */
  get roster(): { readonly epoch: ServerEpoch; readonly version: number } | null {
    return this.#roster;
  }

  /** Takes rows of the client table over; gives the people who came online or are elsewhere than before. */
  handleRoster({ epoch, from, to, last, people }: ProtocolMessageOf<'roster'>): PeerKey[] {
    if (from === 0) this.#beginAnew(epoch);
    // PROTOCOL 6.8: rows that do not follow on what is here are nothing.
    const { version } = this.#roster ?? { version: 0 };
    if (this.#roster?.epoch !== epoch || from > version || to < version) return [];
    this.#roster = { epoch, version: to };
    const shown = new Set<PeerKey>();
    const freshlyReachable = people.filter((row) => this.#takeRow(row, shown)).map(({ key }) => key);
    if (last && this.#isListing) this.#endListing(shown);
    const gone = this.#forgetSurplus(shown);
    this.#show(shown);
    if (gone.length > 0) this.#context.emit({ type: 'people-gone', keys: gone });
    return freshlyReachable;
  }

  /** True when the person came online or is elsewhere than before. */
  #takeRow(told: RosterRow, shown: Set<PeerKey>): boolean {
    const { key, nickname: said, online, addressRevision, lastSeenMs } = told;
    const before = this.#rows.get(key);
    const signingKey = this.#signingKeyFrom(told, before);
    if (signingKey === undefined) return false;
    const nickname = said === null || said === before?.nickname ? said : this.#nicknameFrom(key, said);
    const name = nickname ?? before?.nickname ?? null;
    // Somebody whose name was taken away before I heard of it.
    if (name === null) return false;
    if (nickname !== null && (before?.nickname !== name || this.#pins.isContested(before))) {
      const affected = this.#pins.see(key, nickname);
      for (const other of affected) shown.add(other);
      if (affected.size > 0) shown.add(key);
    }
    const hasMoved = before === undefined || before.addressRevision !== addressRevision;
    // Who is back is somewhere; and whose name is taken away begins a new count of moves with the next one.
    const found = nickname !== null && before?.lastLookup?.isAnywhere === true ? before.lastLookup : null;
    const row: Row = {
      ...(before ?? { ...unread, ...unlisted, candidates: [] }),
      ...{
        key,
        signingKey,
        nickname: name,
        online,
        addressRevision: addressRevision,
        lastSeenMs,
        lastLookup: found,
      },
      ...{ rosterGeneration: this.#listing, lastMentioned: ++this.#told },
    };
    this.#rows.set(key, row);
    this.#strangers.delete(key);
    if (before?.nickname !== name || before.signingKey !== signingKey)
      this.#store.contacts.put(contactOf(row));
    const isNews = before?.nickname !== name || before.online !== online || before.lastSeenMs !== lastSeenMs;
    if (isNews) shown.add(key);
    return online && (hasMoved || !before.online);
  }

  /** PROTOCOL 6.55: the one signing key of this key; undefined for a row that names another one, or none with a nickname. */
  #signingKeyFrom(
    { key, signingKey: said, nickname }: RosterRow,
    before: Row | undefined,
  ): SigningKey | null | undefined {
    const known = before?.signingKey ?? null;
    if (said === null) return nickname === null ? known : undefined;
    return said === known || this.#isSigningKeyOf(key, said) ? said : undefined;
  }

  /** What is no nickname (RFC 8266) is none, whoever says it: it could look like somebody else's. */
  #nicknameFrom(key: PeerKey, said: string): string | null {
    const parsed = parseNickname(said);
    if (!('nickname' in parsed)) return null;
    // Nor is somebody else's name mine: words for that person would stay here, as notes to myself.
    return key === this.#me && this.#pins.isOfAnother(key, parsed.nickname) ? null : parsed.nickname;
  }

  #beginAnew(epoch: ServerEpoch): void {
    // What another table counted as moves says nothing in this one.
    if (this.#roster?.epoch !== epoch)
      for (const row of this.#rows.values()) this.#rows.set(row.key, { ...row, lastLookup: null });
    this.#roster = { epoch, version: 0 };
    this.#listing++;
    this.#isListing = true;
  }

  /** The table is whole: whom it did not name the server does not know (any more), and cannot be online there. */
  #endListing(shown: Set<PeerKey>): void {
    this.#isListing = false;
    for (const row of this.#rows.values()) {
      if (!row.online || row.rosterGeneration === this.#listing) continue;
      this.#rows.set(row.key, { ...row, online: false, lastSeenMs: null });
      shown.add(row.key);
    }
  }

  /**
   * PROTOCOL 6.43: of people with whom nothing was ever said, so many are kept, lest a server that invents people fills
   * this disk. Until the table is whole twice as many: those who are still to be named are not to be forgotten for it.
   */
  #forgetSurplus(shown: Set<PeerKey>): PeerKey[] {
    const unspokenCount = this.#rows.size - this.#spokenWith.size;
    if (unspokenCount <= peopleUnspokenMax * (this.#isListing ? 2 : 1)) return [];
    const gone = Array.from(this.#rows.values())
      .filter((row) => this.#isForgettable(row))
      .toSorted(
        (one, other) => Number(one.online) - Number(other.online) || one.lastMentioned - other.lastMentioned,
      )
      .slice(0, unspokenCount - peopleUnspokenMax + forgottenMoreCount)
      .map(({ key }) => key);
    for (const key of gone) {
      for (const other of this.#pins.forget(key)) shown.add(other);
      this.#rows.delete(key);
      this.#unreadCounts.delete(key);
      this.#store.contacts.remove(key);
    }
    return gone;
  }

  #isForgettable({ key, classic, verified }: Row): boolean {
    if (key === this.#me || classic !== null || verified) return false;
    return !this.#spokenWith.has(key) && !this.#pins.isHeld(key);
  }

  /** Where the person may be; `isFresh` when the server has said so since the person moved last. */
  whereabouts(key: PeerKey): { readonly isFresh: boolean; readonly candidates: readonly string[] } {
    const row = this.#rows.get(key);
    if (row === undefined) return { isFresh: false, candidates: [] };
    const isFresh = row.lastLookup !== null && row.lastLookup.addressRevision >= row.addressRevision;
    return { isFresh, candidates: row.lastLookup?.isAnywhere === false ? [] : row.candidates };
  }

  /** The server's answer; the addresses of before are kept where it knows none, for the time without a server. */
  handleWhereabouts({ key, addressRevision, candidates }: ProtocolMessageOf<'location'>): void {
    const before = this.#rows.get(key);
    if (before === undefined) return;
    const isAnywhere = candidates.length > 0;
    const row: Row = {
      ...before,
      lastLookup: { addressRevision, isAnywhere },
      candidates: isAnywhere ? candidates : before.candidates,
    };
    this.#rows.set(key, row);
    if (isAnywhere) this.#store.contacts.put(contactOf(row));
  }

  /** The clock here was measured; people of whom faces would be told another time now than before are told anew. */
  handleClock(): void {
    const offsetMs = this.#clock.hereMs(0);
    const isAsBefore =
      this.#clockTold !== undefined && offsetMs !== undefined && Math.abs(offsetMs - this.#clockTold) < 1_000;
    if (isAsBefore) return;
    this.#clockTold = offsetMs;
    this.#show([...this.#rows.values()].filter((row) => row.lastSeenMs !== null).map(({ key }) => key));
  }

  /** Whether words of this person are taken: anybody on the network can write under ever new keys. */
  admits(key: PeerKey): boolean {
    return this.#rows.has(key) || this.#strangers.size < strangersMax;
  }

  /** Somebody whose words were faster than the roster; the nickname is only ever taken from the server. */
  ensure(key: PeerKey): void {
    if (this.#rows.has(key)) return;
    this.#strangers.add(key);
    const row: Row = { ...unread, ...unlisted, key, signingKey: null, nickname: null, candidates: [] };
    this.#rows.set(key, row);
    this.#store.contacts.put(contactOf(row));
    this.#show([key]);
  }

  /** How this person is to be talked to, from now on; false for somebody who is not known. */
  setClassic(key: PeerKey, classic: boolean): boolean {
    const row = this.#rows.get(key);
    if (row === undefined) return false;
    const changed: Row = { ...row, classic };
    this.#rows.set(key, changed);
    this.#store.contacts.put(contactOf(changed));
    this.#context.transport({ type: 'renegotiate-profile', peer: key });
    return true;
  }

  /** The person here has compared the safety number with this key's owner, or takes that back; false as above. */
  setVerified(key: PeerKey, verified: boolean): boolean {
    const row = this.#rows.get(key);
    if (row === undefined) return false;
    const changed: Row = { ...row, verified };
    this.#rows.set(key, changed);
    this.#store.contacts.put(contactOf(changed));
    this.#pins.keep(changed);
    this.#show([key]);
    return true;
  }

  /** Whether nothing goes to this key before the person here has decided whose key it is. */
  isBlocked(key: PeerKey): boolean {
    const row = this.#rows.get(key);
    const doubt = row === undefined ? null : this.#pins.conflictOf(row);
    return doubt !== null && !(doubt.type === 'changed' && doubt.refused);
  }

  /**
   * `key` is who `peer` was: `joined` when the conversation goes on under it, `renamed` when only the nickname does, since
   * the server knows `peer` by another one; `unknown` when no such thing is to be decided.
   */
  acceptKey(peer: PeerKey, key: PeerKey): 'joined' | 'renamed' | 'unknown' {
    const [before, after] = [this.#rows.get(peer), this.#rows.get(key)];
    if (before === undefined || after === undefined) return 'unknown';
    const isJoined = this.#pins.conflictOf(before)?.type === 'changed';
    // Nobody else is the person here, whatever a server says.
    if (isJoined && peer === this.#me) return 'unknown';
    if (!this.#pins.accept(peer, key)) return 'unknown';
    if (!isJoined) {
      this.#show([peer, key]);
      return 'renamed';
    }
    this.#pins.rekey(peer, key);
    this.#store.contacts.rekey(peer, key);
    const contact = this.#store.contacts.all().find((candidate) => candidate.key === key);
    if (contact === undefined) throw new Error('a contact is gone right after it got its key');
    this.#rows.delete(peer);
    const { nickname, candidates } = after;
    const row: Row = { ...after, ...contact, nickname, candidates };
    this.#rows.set(key, row);
    this.#store.contacts.put(contactOf(row));
    for (const one of [peer, key]) this.#unreadCounts.delete(one);
    if (this.#spokenWith.delete(peer)) this.#spokenWith.add(key);
    return 'joined';
  }

  /** The nickname stays with `peer`; false when no such thing is to be decided. */
  refuseKey(peer: PeerKey, key: PeerKey): boolean {
    if (!this.#pins.refuse(peer, key)) return false;
    this.#show([peer, key]);
    return true;
  }

  /** Moves the read mark forward to this message; false if it stands there or beyond already. */
  markRead({ peer, place, sequence }: Pick<DirectMessage, 'peer' | 'place' | 'sequence'>): boolean {
    const row = this.#rows.get(peer);
    if (row === undefined) return false;
    if (place < row.readPlace || (place === row.readPlace && sequence <= row.readSequence)) return false;
    this.#unreadCounts.delete(peer);
    const read: Row = { ...row, readPlace: place, readSequence: sequence };
    this.#rows.set(peer, read);
    this.#store.contacts.put(contactOf(read));
    return true;
  }

  /** Incoming messages after the read mark. */
  unreadCount(peer: PeerKey): number {
    let count = this.#unreadCounts.get(peer);
    if (count === undefined) {
      count = this.#store.messages.unreadCount(peer);
      this.#unreadCounts.set(peer, count);
    }
    return count;
  }

  /** Something was written to this person, and is in the store. */
  wroteTo(peer: PeerKey): void {
    this.#speakWith(peer);
  }

  /**
   * A message of theirs is in the store now, and not read. Where a latecomer stands above the read mark, the mark goes
   * back to just before it, so that it is not overlooked; true then.
   */
  arrived({ peer, place, sequence }: Pick<DirectMessage, 'peer' | 'place' | 'sequence'>): boolean {
    this.#speakWith(peer);
    const row = this.#rows.get(peer);
    const isLate =
      row !== undefined &&
      (place < row.readPlace || (place === row.readPlace && sequence <= row.readSequence));
    const known = this.#unreadCounts.get(peer);
    if (!isLate) {
      if (known !== undefined) this.#unreadCounts.set(peer, known + 1);
      return false;
    }
    this.#unreadCounts.delete(peer);
    const unreadAgain: Row = { ...row, readPlace: place, readSequence: sequence - 1 };
    this.#rows.set(peer, unreadAgain);
    this.#store.contacts.put(contactOf(unreadAgain));
    return true;
  }

  #speakWith(peer: PeerKey): void {
    this.#spokenWith.add(peer);
    const row = this.#rows.get(peer);
    if (row !== undefined) this.#pins.keep(row);
  }

  #show(keys: Iterable<PeerKey>): void {
    const people = Array.from(keys, (key) => this.#rows.get(key))
      .filter((row) => row !== undefined)
      .map((row) => this.#personOf(row));
    if (people.length > 0) this.#context.emit({ type: 'people', people });
  }

  #personOf(row: Row): PersonView {
    const { key, nickname, online } = row;
    // Who I am is not the server's to say.
    const doubt = key === this.#me ? null : this.#pins.conflictOf(row);
    const lastSeenMs = row.lastSeenMs === null ? undefined : this.#clock.hereMs(row.lastSeenMs);
    return {
      ...{ key, nickname, online },
      ...(doubt === null ? {} : { doubt }),
      ...(row.verified ? { verified: true } : {}),
      ...(online || lastSeenMs === undefined ? {} : { lastSeenMs }),
    };
  }
}

/** Besides those who are too many, so that not every row of a flood looks through all of them. */
const forgottenMoreCount = peopleUnspokenMax / 10;

const unlisted = {
  online: false,
  addressRevision: 0,
  lastLookup: null,
  rosterGeneration: 0,
  lastSeenMs: null,
  lastMentioned: 0,
};
const unread = { readPlace: 0, readSequence: 0, classic: null, verified: false };

function contactOf(row: Row): Contact {
  const { key, signingKey, nickname, candidates, readPlace, readSequence, classic, verified } = row;
  return { key, signingKey, nickname, candidates, readPlace, readSequence, classic, verified };
}
