import type { Person } from '../../shared/bridge/schema.ts';
import type { SaidOf } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { strangersMax } from '../../shared/limits.ts';
import type { ChatMessage } from '../../shared/message.ts';
import type { ClientStore, Contact } from '../store/client-store.ts';
import type { ClientDesk } from './desk.ts';
import { Pins } from './pins.ts';

interface Row extends Contact {
  /** As the newest roster said. */
  readonly online: boolean;
}

/** Whom this client knows: the roster's people, and people of earlier days. */
export class People {
  readonly #store: Pick<ClientStore, 'contacts' | 'messages' | 'pins'>;
  readonly #desk: ClientDesk;
  readonly #pins: Pins;
  readonly #rows = new Map<PeerKey, Row>();
  /** Counted once, then kept along: counting walks over everything that was never read. */
  readonly #unreadCounts = new Map<PeerKey, number>();
  /** People who are in no roster yet. */
  readonly #strangers = new Set<PeerKey>();
  #rosterVersion = 0;

  constructor(store: Pick<ClientStore, 'contacts' | 'messages' | 'pins'>, desk: ClientDesk) {
    this.#store = store;
    this.#desk = desk;
    this.#pins = new Pins(store);
    for (const contact of store.contacts.all()) {
      this.#rows.set(contact.key, { ...contact, online: false });
      if (contact.nickname === null) this.#strangers.add(contact.key);
    }
  }

  find(key: PeerKey): Row | undefined {
    return this.#rows.get(key);
  }

  view(): Person[] {
    return Array.from(this.#rows.values(), (row) => this.#personOf(row));
  }

  keys(): Iterable<PeerKey> {
    return this.#rows.keys();
  }

  /** A new registration begins a new count of roster versions. */
  expectNewRoster(): void {
    this.#rosterVersion = 0;
  }

  /** Takes a roster over; gives the people who came online or have other addresses than before. */
  handleRoster({ version, people }: SaidOf<'roster'>): PeerKey[] {
    // PROTOCOL 6.8: a newer roster replaces an older one, never the reverse.
    if (version <= this.#rosterVersion) return [];
    this.#rosterVersion = version;
    const shown = new Set<PeerKey>();
    const freshlyReachable: PeerKey[] = [];
    const listed = new Set<PeerKey>();
    for (const { key, nickname, online, candidates } of people) {
      listed.add(key);
      const before = this.#rows.get(key);
      const moved = before === undefined || !equalLists(before.candidates, candidates);
      if (before?.nickname !== nickname || this.#pins.isContested(key)) {
        const affected = this.#pins.see(key, nickname);
        for (const other of affected) shown.add(other);
        if (affected.size > 0) shown.add(key);
      }
      if (before !== undefined && before.nickname === nickname && before.online === online && !moved)
        continue;
      const row: Row = { ...(before ?? unread), key, nickname, online, candidates };
      this.#rows.set(key, row);
      this.#strangers.delete(key);
      if (before?.nickname !== nickname || moved) this.#store.contacts.put(contactOf(row));
      if (before?.nickname !== nickname || before.online !== online) shown.add(key);
      if (online && (moved || !before.online)) freshlyReachable.push(key);
    }
    for (const row of this.#rows.values()) {
      // The server no longer knows this person (its table was lost): nobody can be online there.
      if (!row.online || listed.has(row.key)) continue;
      this.#rows.set(row.key, { ...row, online: false });
      shown.add(row.key);
    }
    this.#show(shown);
    return freshlyReachable;
  }

  /** Whether words of this person are taken: anybody on the network can write under ever new keys. */
  admits(key: PeerKey): boolean {
    return this.#rows.has(key) || this.#strangers.size < strangersMax;
  }

  /** Somebody whose words were faster than the roster; the nickname is only ever taken from the server. */
  ensure(key: PeerKey): void {
    if (this.#rows.has(key)) return;
    this.#strangers.add(key);
    const row: Row = { ...unread, key, nickname: null, online: false, candidates: [] };
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
    this.#desk.act({ type: 'wish', peer: key });
    return true;
  }

  /** Whether nothing goes to this key before the person here has decided whose key it is. */
  isBlocked(key: PeerKey): boolean {
    const row = this.#rows.get(key);
    const doubt = row === undefined ? null : this.#pins.doubtOf(row);
    return doubt !== null && !(doubt.type === 'changed' && doubt.refused);
  }

  /**
   * `key` is who `peer` was: `joined` when the conversation goes on under it, `renamed` when only the nickname does, since
   * the server knows `peer` by another one; `unknown` when no such thing is to be decided.
   */
  acceptKey(peer: PeerKey, key: PeerKey): 'joined' | 'renamed' | 'unknown' {
    const [before, after] = [this.#rows.get(peer), this.#rows.get(key)];
    if (before === undefined || after === undefined) return 'unknown';
    const isJoined = this.#pins.doubtOf(before)?.type === 'changed';
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
    const row: Row = {
      ...contact,
      nickname: after.nickname,
      candidates: after.candidates,
      online: after.online,
    };
    this.#rows.set(key, row);
    this.#store.contacts.put(contactOf(row));
    for (const one of [peer, key]) this.#unreadCounts.delete(one);
    return 'joined';
  }

  /** The nickname stays with `peer`; false when no such thing is to be decided. */
  refuseKey(peer: PeerKey, key: PeerKey): boolean {
    if (!this.#pins.refuse(peer, key)) return false;
    this.#show([peer, key]);
    return true;
  }

  /** Moves the read mark forward to this message; false if it stands there or beyond already. */
  markRead({ peer, place, sequence }: Pick<ChatMessage, 'peer' | 'place' | 'sequence'>): boolean {
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

  /**
   * A message of theirs is in the store now, and not read. Where a latecomer stands above the read mark, the mark goes
   * back to just before it, so that it is not overlooked.
   */
  arrived({ peer, place, sequence }: Pick<ChatMessage, 'peer' | 'place' | 'sequence'>): void {
    const row = this.#rows.get(peer);
    const isLate =
      row !== undefined &&
      (place < row.readPlace || (place === row.readPlace && sequence <= row.readSequence));
    const known = this.#unreadCounts.get(peer);
    if (!isLate) {
      if (known !== undefined) this.#unreadCounts.set(peer, known + 1);
      return;
    }
    this.#unreadCounts.delete(peer);
    const unreadAgain: Row = { ...row, readPlace: place, readSequence: sequence - 1 };
    this.#rows.set(peer, unreadAgain);
    this.#store.contacts.put(contactOf(unreadAgain));
  }

  #show(keys: Iterable<PeerKey>): void {
    const people = Array.from(keys, (key) => this.#rows.get(key))
      .filter((row) => row !== undefined)
      .map((row) => this.#personOf(row));
    if (people.length > 0) this.#desk.tell({ type: 'people', people });
  }

  #personOf(row: Row): Person {
    const { key, nickname, online } = row;
    const doubt = this.#pins.doubtOf(row);
    return doubt === null ? { key, nickname, online } : { key, nickname, online, doubt };
  }
}

const unread = { readPlace: 0, readSequence: 0, classic: null };

function contactOf({ key, nickname, candidates, readPlace, readSequence, classic }: Row): Contact {
  return { key, nickname, candidates, readPlace, readSequence, classic };
}

function equalLists(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
