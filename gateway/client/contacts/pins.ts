import type { PeerKey } from '../../../shared/ids.ts';
import { namesWithoutMessagesMax } from '../../../shared/limits.ts';
import { nicknameComparisonKey } from '../../../shared/nickname.ts';
import type { ClientStore, Pin } from '../../store/client-store.ts';
import type { KeyConflict } from '../client-event.ts';

/** A person as the server named it last. */
interface Named {
  readonly key: PeerKey;
  readonly nickname: string | null;
}

/**
 * The key of each nickname: the one that was first seen under it, until the user accepts another one. The server gives
 * nicknames, but cannot give one person's nickname to another unnoticed (docs/decisions/0010-keys.md).
 */
export class Pins {
  readonly #store: Pick<ClientStore, 'pins'>;
  readonly #byName = new Map<string, Pin>();
  /** The nicknames of a key, the first one first. */
  readonly #owned = new Map<PeerKey, Set<string>>();
  /** Nicknames under which the server named a key although they belong to another. */
  readonly #claims = new Map<PeerKey, Set<string>>();
  /** Nicknames of a key for which the server names another key. */
  readonly #contested = new Map<PeerKey, Set<string>>();

  constructor(store: Pick<ClientStore, 'pins'>) {
    this.#store = store;
    for (const pin of store.pins.all()) this.#index(pin);
  }

  /** Whether the server's naming of this key can change a conflict, although the nickname is the same as before. */
  isContested(named: Named): boolean {
    // The third case: the server named the old key in between, so that no key conflicts with it right now.
    return this.#contested.has(named.key) || this.#claims.has(named.key) || this.conflictOf(named) !== null;
  }

  /** The server gives this key this nickname. Returns the other keys that may have another conflict now. */
  see(key: PeerKey, nickname: string): Set<PeerKey> {
    const affected = new Set<PeerKey>();
    const name = nicknameComparisonKey(nickname);
    // A key that has another nickname now no longer claims the earlier one.
    for (const claimed of [...(this.#claims.get(key) ?? [])])
      if (claimed !== name) this.#withdrawClaim(claimed, affected);
    const pin = this.#byName.get(name);
    if (pin === undefined) {
      this.#put({ name, key, conflictingKey: null, refused: false, permanent: false });
      this.#giveUpOldest(key, name, affected);
    } else if (pin.key === key) {
      if (pin.conflictingKey === null) return affected;
      affected.add(pin.conflictingKey);
      this.#put({ ...pin, conflictingKey: null, refused: false });
    } else if (pin.conflictingKey !== key) {
      affected.add(pin.key);
      if (pin.conflictingKey !== null) affected.add(pin.conflictingKey);
      this.#put({ ...pin, conflictingKey: key, refused: false });
    }
    return affected;
  }

  /** There are messages to or from this key under this nickname: its pin is permanent if it is the key's. */
  keep({ key, nickname }: Named): void {
    const pin = nickname === null ? undefined : this.#byName.get(nicknameComparisonKey(nickname));
    if (pin?.key === key && !pin.permanent) this.#put({ ...pin, permanent: true });
  }

  /** Returns the key to which this nickname belongs. */
  ownerOf(nickname: string): PeerKey | undefined {
    return this.#byName.get(nicknameComparisonKey(nickname))?.key;
  }

  /** Whether this nickname belongs to another key. */
  isOfAnother(key: PeerKey, nickname: string): boolean {
    const pin = this.#byName.get(nicknameComparisonKey(nickname));
    return pin !== undefined && pin.key !== key;
  }

  /** Whether a permanent pin belongs to this key or is claimed by it. */
  isHeld(key: PeerKey): boolean {
    const names = [...(this.#owned.get(key) ?? []), ...(this.#claims.get(key) ?? [])];
    return names.some((name) => this.#byName.get(name)?.permanent === true);
  }

  /** The key's contact is removed. Returns the other keys that may have another conflict now. */
  forget(key: PeerKey): Set<PeerKey> {
    const affected = new Set<PeerKey>();
    for (const name of [...(this.#owned.get(key) ?? [])]) this.#giveUp(name, affected);
    for (const name of [...(this.#claims.get(key) ?? [])]) this.#withdrawClaim(name, affected);
    return affected;
  }

  /** Returns what the user has to decide before messages go to this person; null when there is nothing. */
  conflictOf({ key, nickname }: Named): KeyConflict | null {
    if (nickname === null) return null;
    const pin = this.#byName.get(nicknameComparisonKey(nickname));
    if (pin === undefined) return null;
    if (pin.key !== key)
      return { type: 'not-pinned', pinned: pin.key, refused: pin.conflictingKey === key && pin.refused };
    return pin.conflictingKey === null
      ? null
      : { type: 'changed', newKey: pin.conflictingKey, refused: pin.refused };
  }

  /** The nickname of `peer` that `key` claims belongs to `key` from now on. Returns false when `key` claims none. */
  accept(peer: PeerKey, key: PeerKey): boolean {
    const pin = this.#between(peer, key);
    if (pin === undefined) return false;
    this.#put({ name: pin.name, key, conflictingKey: null, refused: false, permanent: true });
    return true;
  }

  /** `peer` has the key `key` now: all its nicknames move there. */
  rekey(peer: PeerKey, key: PeerKey): void {
    for (const pin of [...this.#byName.values()]) {
      if (pin.key !== peer) continue;
      const conflictingKey = pin.conflictingKey === key ? null : pin.conflictingKey;
      this.#put({ ...pin, key, conflictingKey, refused: conflictingKey !== null && pin.refused });
    }
  }

  /** The nickname stays with `peer`. Returns false when `key` claims none. */
  refuse(peer: PeerKey, key: PeerKey): boolean {
    const pin = this.#between(peer, key);
    if (pin === undefined) return false;
    this.#put({ ...pin, refused: true, permanent: true });
    return true;
  }

  #between(peer: PeerKey, key: PeerKey): Pin | undefined {
    for (const name of this.#claims.get(key) ?? []) {
      const pin = this.#byName.get(name);
      if (pin?.key === peer) return pin;
    }
    return undefined;
  }

  /** PROTOCOL 6.43: a server could give a person ever new nicknames. */
  #giveUpOldest(key: PeerKey, current: string, affected: Set<PeerKey>): void {
    const unspoken = [...(this.#owned.get(key) ?? [])].filter((name) => !this.#byName.get(name)?.permanent);
    const oldest = unspoken.find((name) => name !== current);
    if (oldest !== undefined && unspoken.length > namesWithoutMessagesMax) this.#giveUp(oldest, affected);
  }

  #giveUp(name: string, affected: Set<PeerKey>): void {
    const pin = this.#byName.get(name);
    if (pin === undefined) return;
    if (pin.conflictingKey !== null) affected.add(pin.conflictingKey);
    this.#unindex(pin);
    this.#byName.delete(name);
    this.#store.pins.remove(name);
  }

  #withdrawClaim(name: string, affected: Set<PeerKey>): void {
    const pin = this.#byName.get(name);
    if (pin === undefined) return;
    affected.add(pin.key);
    this.#put({ ...pin, conflictingKey: null, refused: false });
  }

  #put(pin: Pin): void {
    const before = this.#byName.get(pin.name);
    // A key that keeps the nickname keeps its order, too.
    if (before !== undefined) this.#unindex(before, pin.key);
    this.#index(pin);
    this.#store.pins.put(pin);
  }

  #index(pin: Pin): void {
    this.#byName.set(pin.name, pin);
    addTo(this.#owned, pin.key, pin.name);
    if (pin.conflictingKey === null) return;
    addTo(this.#claims, pin.conflictingKey, pin.name);
    addTo(this.#contested, pin.key, pin.name);
  }

  #unindex({ name, key, conflictingKey }: Pin, nextOwner?: PeerKey): void {
    if (key !== nextOwner) removeFrom(this.#owned, key, name);
    if (conflictingKey === null) return;
    removeFrom(this.#claims, conflictingKey, name);
    removeFrom(this.#contested, key, name);
  }
}

function addTo(names: Map<PeerKey, Set<string>>, key: PeerKey, name: string): void {
  const set = names.get(key);
  if (set === undefined) names.set(key, new Set([name]));
  else set.add(name);
}

function removeFrom(names: Map<PeerKey, Set<string>>, key: PeerKey, name: string): void {
  const set = names.get(key);
  set?.delete(name);
  if (set?.size === 0) names.delete(key);
}
