import type { RosterRow, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { peerOfDirect } from '../../../shared/conversation.ts';
import type { PeerKey, ServerEpoch, SigningKey } from '../../../shared/ids.ts';
import { contactsWithoutMessagesMax, unknownSendersMax } from '../../../shared/limits.ts';
import { parseNickname } from '../../../shared/nickname.ts';
import type { Acceptance, ClientStore, Contact } from '../../store/client-store.ts';
import type { ContactView } from '../client-event.ts';
import type { GuestCheck } from '../../turn/guest-statement.ts';
import type { SigningKeyCheck } from '../../turn/signer.ts';
import type { ClientContext } from '../context.ts';
import type { Blocks } from './blocks.ts';
import { LookAlikeNames } from './look-alike-names.ts';
import { Pins } from './pins.ts';
import type { ServerClock } from '../connections/server-clock.ts';

interface Row extends Contact {
  /** As in the latest roster. */
  readonly online: boolean;
  readonly addressRevision: number;
  /** The server's last answer to a lookup, and its revision; null before the first. */
  readonly lastLookup: { readonly addressRevision: number; readonly hasAddress: boolean } | null;
  /** The roster snapshot that named this person last. */
  readonly rosterGeneration: number;
  /** Since when the person is offline, by the server's clock; null where it is unknown or not shown. */
  readonly lastSeenMs: number | null;
  /** The count of roster rows when the roster named this person last. */
  readonly lastMentioned: number;
}

/** What became of rows of the roster. */
export type RosterResult =
  | {
      readonly type: 'taken';
      readonly newlyReachable: readonly PeerKey[];
      /** Named for the first time. Messages of them were rejected before, and more of them are taken now. */
      readonly newlyAccepted: readonly PeerKey[];
    }
  /** They do not follow on what is here. */
  | { readonly type: 'gap'; readonly has: { readonly epoch: ServerEpoch; readonly version: number } };

export interface ContactsOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly me: PeerKey;
  readonly blocks: Pick<Blocks, 'has'>;
  readonly clock: Pick<ServerClock, 'serverToLocalMs'>;
  readonly isSigningKeyOf: SigningKeyCheck;
  /** Whether host and guest have both signed this, for the server of this client. */
  readonly isGuestOf: GuestCheck;
}

/** The people that this client knows: those in the roster, and contacts from earlier. */
export class Contacts {
  readonly #store: ClientStore;
  readonly #context: ClientContext;
  readonly #me: PeerKey;
  readonly #blocks: Pick<Blocks, 'has'>;
  readonly #clock: Pick<ServerClock, 'serverToLocalMs'>;
  readonly #isSigningKeyOf: SigningKeyCheck;
  readonly #isGuestOf: GuestCheck;
  readonly #pins: Pins;
  readonly #lookAlikes = new LookAlikeNames();
  /** As in the store. */
  #ownNickname: string | null = null;
  /** The look-alikes of these people changed, and the frontends do not know yet. */
  readonly #remarked = new Set<PeerKey>();
  readonly #observers: ((peer: PeerKey) => void)[] = [];
  readonly #rows = new Map<PeerKey, Row>();
  /** People who wrote and are in no roster yet. The user has decided nothing about them. The one that wrote first is first. */
  readonly #unknownSenders = new Set<PeerKey>();
  /** People in a direct conversation with the user. */
  readonly #spokenWith = new Set<PeerKey>();
  /** How much of the roster is here; null: nothing. */
  #roster: { readonly epoch: ServerEpoch; readonly version: number } | null = null;
  /** Counts the roster snapshots. */
  #rosterGeneration = 0;
  /** A snapshot is incomplete: a person that it has not named may still come. */
  #isSnapshotOpen = false;
  #rowCount = 0;
  /** This clock's time at the server's 0, by which the last times were shown. */
  #shownOffsetMs: number | undefined;

  constructor({ store, context, me, blocks, clock, isSigningKeyOf, isGuestOf }: ContactsOptions) {
    this.#store = store;
    this.#context = context;
    this.#me = me;
    this.#blocks = blocks;
    this.#clock = clock;
    this.#isSigningKeyOf = isSigningKeyOf;
    this.#isGuestOf = isGuestOf;
    this.#pins = new Pins(store);
    this.#nameOwn();
    for (const contact of store.contacts.all()) this.#put({ ...unlisted, ...contact });
    this.#remarked.clear();
    for (const { id } of store.conversations.all()) {
      const peer = peerOfDirect(id);
      if (peer !== undefined && this.#rows.has(peer)) this.#spokenWith.add(peer);
    }
  }

  /** Calls `listener` whenever the presence, the addresses or the key conflict of a peer may be another one. */
  observe(listener: (peer: PeerKey) => void): void {
    this.#observers.push(listener);
  }

  /** The server knows the user by the nickname that is in the store now. */
  handleRegistered(): void {
    this.#nameOwn();
    this.#show([]);
  }

  find(key: PeerKey): Row | undefined {
    return this.#rows.get(key);
  }

  view(): ContactView[] {
    return Array.from(this.#rows.values(), (row) => this.#viewOf(row));
  }

  viewOf(key: PeerKey): ContactView | undefined {
    const row = this.#rows.get(key);
    return row === undefined ? undefined : this.#viewOf(row);
  }

  keys(): Iterable<PeerKey> {
    return this.#rows.keys();
  }

  /** How much of the roster is here. The server sends what follows. */
  get roster(): { readonly epoch: ServerEpoch; readonly version: number } | null {
    return this.#roster;
  }

  /** Takes rows of the roster over. Returns the people who came online or have other addresses. */
  handleRoster({ epoch, from, to, last, rows }: ProtocolMessageOf<'roster'>): RosterResult {
    if (from === 0) this.#beginSnapshot(epoch);
    // PROTOCOL 6.8: rows that do not follow on the present version are ignored, and those between are asked for.
    const version = this.#roster?.epoch === epoch ? this.#roster.version : 0;
    if (from > version) return { type: 'gap', has: { epoch, version } };
    if (to < version) return { type: 'taken', newlyReachable: [], newlyAccepted: [] };
    this.#roster = { epoch, version: to };
    const shown = new Set<PeerKey>();
    const exhausted = rows.map(({ key }) => key).filter((key) => this.#isUnnamedAndExhausted(key));
    const newlyReachable = rows.filter((row) => this.#takeRow(row, shown)).map(({ key }) => key);
    if (last && this.#isSnapshotOpen) this.#endSnapshot(shown);
    const gone = this.#forgetSurplus(shown);
    this.#show(shown);
    if (gone.length > 0) this.#context.emit({ type: 'contacts-removed', keys: gone });
    const newlyAccepted = exhausted.filter((key) => !this.#isUnnamedAndExhausted(key));
    return { type: 'taken', newlyReachable, newlyAccepted };
  }

  #isUnnamedAndExhausted(key: PeerKey): boolean {
    const row = this.#rows.get(key);
    return row?.nickname === null && row.acceptance === 'exhausted';
  }

  /** Returns whether the person came online or has other addresses. */
  #takeRow(rosterRow: RosterRow, shown: Set<PeerKey>): boolean {
    const { key, online, addressRevision, lastSeenMs, features } = rosterRow;
    const before = this.#rows.get(key);
    const signingKey = this.#signingKeyFrom(rosterRow, before);
    if (signingKey === undefined) return false;
    const nickname =
      rosterRow.nickname === null || rosterRow.nickname === before?.nickname
        ? rosterRow.nickname
        : this.#nicknameFrom(key, rosterRow.nickname);
    const name = nickname ?? before?.nickname ?? null;
    // The nickname was released before this client heard of the person.
    if (name === null) return false;
    if (nickname !== null && (before?.nickname !== name || this.#pins.isContested(before))) {
      const affected = this.#pins.see(key, nickname);
      for (const other of affected) {
        shown.add(other);
        this.#changed(other);
      }
      if (affected.size > 0) shown.add(key);
    }
    const hasMoved = before === undefined || before.addressRevision !== addressRevision;
    // A person who is back has an address. After a release the revisions of the next owner count from the beginning.
    const lastLookup =
      nickname !== null && before?.lastLookup?.hasAddress === true ? before.lastLookup : null;
    const row: Row = {
      ...unlisted,
      ...(before ?? { candidates: [], classic: null, verified: false, acceptance: 'limited' as const }),
      ...(this.#isUnnamedAndExhausted(key) ? { acceptance: 'limited' as const } : {}),
      features,
      guestOf: this.#hostFrom(rosterRow, before),
      key,
      signingKey,
      nickname: name,
      online,
      addressRevision,
      lastSeenMs,
      lastLookup,
      rosterGeneration: this.#rosterGeneration,
      lastMentioned: ++this.#rowCount,
    };
    this.#set(row);
    const isChanged = before?.nickname !== name || before.signingKey !== signingKey;
    const isGuestNews = (before?.guestOf ?? null) !== row.guestOf;
    if (isChanged || isGuestNews || before.features.join() !== features.join())
      this.#store.contacts.put(contactOf(row));
    const isNews = before?.nickname !== name || before.online !== online || before.lastSeenMs !== lastSeenMs;
    if (isNews || isGuestNews) shown.add(key);
    return online && (hasMoved || !before.online);
  }

  /** PROTOCOL 6.55: the one signing key of this key; undefined for a row that names another one, or none with a nickname. */
  #signingKeyFrom(
    { key, signingKey: claimed, nickname }: RosterRow,
    before: Row | undefined,
  ): SigningKey | null | undefined {
    const known = before?.signingKey ?? null;
    if (claimed === null) return nickname === null ? known : undefined;
    return claimed === known || this.#isSigningKeyOf(key, claimed) ? claimed : undefined;
  }

  /**
   * PROTOCOL 6.116: a key stays the guest of the host that was proved first, whatever later rows say. A statement that does not
   * prove anything is ignored.
   */
  #hostFrom({ key, signingKey, guestOf }: RosterRow, before: Row | undefined): PeerKey | null {
    const known = before?.guestOf ?? null;
    if (known !== null || guestOf === undefined || signingKey === null) return known;
    return this.#isGuestOf(guestOf, { key, signingKey }) ? guestOf.host : null;
  }

  /** Rejects names that fail RFC 8266, even from the server: they could imitate another user. */
  #nicknameFrom(key: PeerKey, nickname: string): string | null {
    const parsed = parseNickname(nickname);
    if (!('nickname' in parsed)) return null;
    // The server cannot give the user another person's name: messages for that person would stay here as notes.
    return key === this.#me && this.#pins.isOfAnother(key, parsed.nickname) ? null : parsed.nickname;
  }

  #beginSnapshot(epoch: ServerEpoch): void {
    // Revisions of another table cannot be compared with those of this one.
    if (this.#roster?.epoch !== epoch)
      for (const row of this.#rows.values()) this.#set({ ...row, lastLookup: null });
    this.#roster = { epoch, version: 0 };
    this.#rosterGeneration++;
    this.#isSnapshotOpen = true;
  }

  /** The snapshot is complete: the server does not know the people that it did not name, so they are offline. */
  #endSnapshot(shown: Set<PeerKey>): void {
    this.#isSnapshotOpen = false;
    for (const row of this.#rows.values()) {
      if (!row.online || row.rosterGeneration === this.#rosterGeneration) continue;
      this.#set({ ...row, online: false, lastSeenMs: null });
      shown.add(row.key);
    }
  }

  /**
   * PROTOCOL 6.43: the number of people without any message is bounded, so that a server that invents people does not fill
   * this disk. While a snapshot is incomplete the bound is twice as high: people that it still has to name must stay.
   */
  #forgetSurplus(shown: Set<PeerKey>): PeerKey[] {
    const unspokenCount = this.#rows.size - this.#spokenWith.size;
    if (unspokenCount <= contactsWithoutMessagesMax * (this.#isSnapshotOpen ? 2 : 1)) return [];
    const gone = Array.from(this.#rows.values())
      .filter((row) => this.#isForgettable(row))
      .toSorted(
        (one, other) => Number(one.online) - Number(other.online) || one.lastMentioned - other.lastMentioned,
      )
      .slice(0, unspokenCount - contactsWithoutMessagesMax + forgottenMoreCount)
      .map(({ key }) => key);
    for (const key of gone) {
      for (const other of this.#pins.forget(key)) {
        shown.add(other);
        this.#changed(other);
      }
      this.#delete(key);
      this.#changed(key);
      this.#store.contacts.remove(key);
    }
    return gone;
  }

  #isForgettable({ key, classic, verified, acceptance }: Row): boolean {
    if (key === this.#me || this.#blocks.has(key)) return false;
    if (classic !== null || verified || acceptance === 'allowed') return false;
    return !this.#spokenWith.has(key) && !this.#pins.isHeld(key);
  }

  /** Returns the last known addresses. `isFresh`: the server has told them since they changed last. */
  addressesOf(key: PeerKey): { readonly isFresh: boolean; readonly candidates: readonly string[] } {
    const row = this.#rows.get(key);
    if (row === undefined) return { isFresh: false, candidates: [] };
    const isFresh = row.lastLookup !== null && row.lastLookup.addressRevision >= row.addressRevision;
    return { isFresh, candidates: row.lastLookup?.hasAddress === false ? [] : row.candidates };
  }

  /** Takes the server's answer. Without an address in it, the earlier ones stay for the time without a server. */
  handleLocation({ key, addressRevision, candidates }: ProtocolMessageOf<'location'>): void {
    const before = this.#rows.get(key);
    if (before === undefined) return;
    const hasAddress = candidates.length > 0;
    const row: Row = {
      ...before,
      lastLookup: { addressRevision, hasAddress },
      candidates: hasAddress ? candidates : before.candidates,
    };
    this.#set(row);
    if (hasAddress) this.#store.contacts.put(contactOf(row));
  }

  /** This clock was measured: shows the times again that are different now. */
  handleClock(): void {
    const offsetMs = this.#clock.serverToLocalMs(0);
    const isAsBefore =
      this.#shownOffsetMs !== undefined &&
      offsetMs !== undefined &&
      Math.abs(offsetMs - this.#shownOffsetMs) < 1_000;
    if (isAsBefore) return;
    this.#shownOffsetMs = offsetMs;
    this.#show([...this.#rows.values()].filter((row) => row.lastSeenMs !== null).map(({ key }) => key));
  }

  /**
   * Adds the sender of a message that came before the roster named it. Only the server tells nicknames. Anyone on the network
   * can write under ever new keys (PROTOCOL 6.94): returns the key that was forgotten for this one, if there are too many.
   */
  ensure(key: PeerKey): PeerKey | undefined {
    if (this.#rows.has(key)) return undefined;
    const forgotten = this.#forgetUnknownSender(key);
    const row: Row = {
      ...unlisted,
      key,
      signingKey: null,
      nickname: null,
      candidates: [],
      classic: null,
      verified: false,
      features: [],
      acceptance: 'limited',
      guestOf: null,
    };
    this.#set(row);
    this.#store.contacts.put(contactOf(row));
    this.#show([key]);
    return forgotten;
  }

  #forgetUnknownSender(next: PeerKey): PeerKey | undefined {
    if (this.#unknownSenders.size < unknownSendersMax) return undefined;
    for (const key of this.#unknownSenders) {
      this.#unknownSenders.delete(key);
      this.#spokenWith.delete(key);
      this.#delete(key);
      this.#changed(key);
      this.#store.forget(key, next);
      this.#context.emit({ type: 'contacts-removed', keys: [key] });
      return key;
    }
    return undefined;
  }

  /** The user wrote to this key, or allows it. Returns what was true before; undefined for an unknown key. */
  allow(key: PeerKey): Acceptance | undefined {
    const before = this.#rows.get(key)?.acceptance;
    this.#setAcceptance(key, 'allowed');
    return before;
  }

  /** A message of this key was rejected, because the user neither answered nor allowed it. */
  setExhausted(key: PeerKey): void {
    if (this.#rows.get(key)?.acceptance === 'limited') this.#setAcceptance(key, 'exhausted');
  }

  #setAcceptance(key: PeerKey, acceptance: Acceptance): void {
    const before = this.#rows.get(key);
    if (before === undefined || before.acceptance === acceptance) return;
    this.#change(key, { acceptance });
    if (before.acceptance === 'exhausted' || acceptance === 'exhausted') this.#show([key]);
  }

  /** Sets whether stop-and-wait is used with this person. Returns false for an unknown key. */
  setClassic(key: PeerKey, classic: boolean): boolean {
    if (this.#change(key, { classic }) === undefined) return false;
    this.#context.transport({ type: 'renegotiate-profile', peer: key });
    return true;
  }

  /** The user compared the safety number with this key's owner, or takes that back. Returns false for an unknown key. */
  setVerified(key: PeerKey, verified: boolean): boolean {
    const changed = this.#change(key, { verified });
    if (changed === undefined) return false;
    this.#pins.keep(changed);
    this.#show([key]);
    return true;
  }

  /** The user has blocked this key, or blocks it no longer. */
  handleBlock(key: PeerKey): void {
    const row = this.#rows.get(key);
    if (row !== undefined) this.#put(row);
    this.#changed(key);
    this.#show([key]);
  }

  /** Whether a message to or from this key is in the store. */
  isSpokenWith(key: PeerKey): boolean {
    return this.#spokenWith.has(key);
  }

  /** Whether messages to this key wait until the user has decided about it. */
  awaitsKeyDecision(key: PeerKey): boolean {
    const row = this.#rows.get(key);
    const conflict = row === undefined ? null : this.#pins.conflictOf(row);
    return conflict !== null && !(conflict.type === 'changed' && conflict.refused);
  }

  /**
   * The user accepts that `key` is the person that `peer` was. Returns `moved` when the conversation goes on under `key`;
   * `renamed` when only the nickname moves, since the server knows `peer` by another one; `unknown` when there is no such
   * pending key change.
   */
  acceptKey(peer: PeerKey, key: PeerKey): 'moved' | 'renamed' | 'unknown' {
    const [before, after] = [this.#rows.get(peer), this.#rows.get(key)];
    if (before === undefined || after === undefined) return 'unknown';
    const isMove = this.#pins.conflictOf(before)?.type === 'changed';
    // The user's own key never changes, whatever a server says.
    if (isMove && peer === this.#me) return 'unknown';
    if (!this.#pins.accept(peer, key)) return 'unknown';
    if (!isMove) {
      this.#changed(peer);
      this.#changed(key);
      this.#show([peer, key]);
      return 'renamed';
    }
    this.#pins.rekey(peer, key);
    this.#store.rekey(peer, key);
    const contact = this.#store.contacts.all().find((candidate) => candidate.key === key);
    if (contact === undefined) throw new Error('a contact is gone right after it got its key');
    this.#delete(peer);
    this.#changed(peer);
    // The host is the one of the new key.
    const { nickname, candidates, guestOf } = after;
    const row: Row = { ...after, ...contact, nickname, candidates, guestOf };
    this.#set(row);
    this.#store.contacts.put(contactOf(row));
    if (this.#spokenWith.delete(peer)) this.#spokenWith.add(key);
    return 'moved';
  }

  /** The nickname stays with `peer`. Returns false when there is no such pending key change. */
  refuseKey(peer: PeerKey, key: PeerKey): boolean {
    if (!this.#pins.refuse(peer, key)) return false;
    this.#changed(peer);
    this.#changed(key);
    this.#show([peer, key]);
    return true;
  }

  /** A message to or from this person is in the store: the contact and the pin of its nickname stay. */
  speakWith(peer: PeerKey): void {
    const row = this.#rows.get(peer);
    if (row === undefined) return;
    this.#spokenWith.add(peer);
    this.#pins.keep(row);
  }

  /** Keeps what the user decided about this key. Returns undefined for an unknown key. */
  #change(
    key: PeerKey,
    decision: Partial<Pick<Row, 'classic' | 'verified' | 'acceptance'>>,
  ): Row | undefined {
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    const changed: Row = { ...row, ...decision };
    this.#set(changed);
    this.#store.contacts.put(contactOf(changed));
    return changed;
  }

  #set(row: Row): void {
    this.#put(row);
    this.#changed(row.key);
  }

  #put(row: Row): void {
    // PROTOCOL 6.43: a roster does not decide the user's own nickname.
    if (row.key !== this.#me) this.#rename(this.#rows.get(row.key)?.nickname ?? null, row.nickname);
    this.#rows.set(row.key, row);
    const isUnknown = row.nickname === null && row.acceptance !== 'allowed';
    if (isUnknown && row.classic === null && !row.verified && !this.#blocks.has(row.key))
      this.#unknownSenders.add(row.key);
    else this.#unknownSenders.delete(row.key);
  }

  #delete(key: PeerKey): void {
    if (key !== this.#me) this.#rename(this.#rows.get(key)?.nickname ?? null, null);
    this.#rows.delete(key);
  }

  #nameOwn(): void {
    const nickname = this.#store.facts.get().nickname ?? null;
    this.#rename(this.#ownNickname, nickname);
    this.#ownNickname = nickname;
  }

  /** The user or a contact had the nickname `before`, and has `after` now. */
  #rename(before: string | null, after: string | null): void {
    if (before === after) return;
    const changed = [
      ...(before === null ? [] : this.#lookAlikes.remove(before)),
      ...(after === null ? [] : this.#lookAlikes.add(after)),
    ];
    // All other keys under these nicknames have a conflict, and no mark.
    for (const nickname of changed) {
      const owner = this.#pins.ownerOf(nickname);
      if (owner !== undefined) this.#remarked.add(owner);
    }
  }

  #changed(peer: PeerKey): void {
    for (const observer of this.#observers) observer(peer);
  }

  #show(keys: Iterable<PeerKey>): void {
    const contacts = Array.from(new Set([...keys, ...this.#remarked]), (key) => this.#rows.get(key))
      .filter((row) => row !== undefined)
      .map((row) => this.#viewOf(row));
    this.#remarked.clear();
    if (contacts.length > 0) this.#context.emit({ type: 'contacts', contacts });
  }

  #viewOf(row: Row): ContactView {
    const { key, nickname, online } = row;
    // The server cannot contest the user's own key.
    const keyConflict = key === this.#me ? null : this.#pins.conflictOf(row);
    const isMarked = nickname !== null && key !== this.#me && !row.verified && keyConflict === null;
    const looksLike = isMarked ? this.#lookAlikes.of(nickname) : null;
    const lastSeenMs = row.lastSeenMs === null ? undefined : this.#clock.serverToLocalMs(row.lastSeenMs);
    return {
      key,
      nickname,
      online,
      ...(keyConflict === null ? {} : { keyConflict }),
      ...(looksLike === null ? {} : { looksLike }),
      ...(row.verified ? { verified: true } : {}),
      ...(this.#blocks.has(key) ? { blocked: true } : {}),
      ...(row.acceptance === 'exhausted' ? { moreWaiting: true } : {}),
      ...(row.guestOf === null ? {} : { guestOf: row.guestOf }),
      ...(online || lastSeenMs === undefined ? {} : { lastSeenMs }),
    };
  }
}

/** Removed beyond the surplus, so that not every row of a flood searches all of them. */
const forgottenMoreCount = contactsWithoutMessagesMax / 10;

const unlisted = {
  online: false,
  addressRevision: 0,
  lastLookup: null,
  rosterGeneration: 0,
  lastSeenMs: null,
  lastMentioned: 0,
};

function contactOf(row: Row): Contact {
  const { key, signingKey, nickname, candidates, classic, verified, features, acceptance, guestOf } = row;
  return { key, signingKey, nickname, candidates, classic, verified, features, acceptance, guestOf };
}
