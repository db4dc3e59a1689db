import type { PeerKey } from '../../shared/ids.ts';
import { namesUnspokenMax } from '../../shared/limits.ts';
import { nicknameComparisonKey } from '../../shared/nickname.ts';
import type { ClientStore, Pin } from '../store/client-store.ts';
import type { KeyConflict } from './client-event.ts';

/** Somebody as the server last named them. */
interface Named {
  readonly key: PeerKey;
  readonly nickname: string | null;
}

/**
 * Whose each nickname is: of the key that was first seen under it, until the person here accepts another one. The server
 * gives names, but cannot give one person's name to another unnoticed (docs/decisions/0010-keys.md).
 */
export class Pins {
  readonly #store: Pick<ClientStore, 'pins'>;
  readonly #byName = new Map<string, Pin>();
  /** Names of a key, the one that it came by first before the others. */
  readonly #owned = new Map<PeerKey, Set<string>>();
  /** Names that a key came by although they belong to another. */
  readonly #claims = new Map<PeerKey, Set<string>>();
  /** Names of a key for which the server names another. */
  readonly #contested = new Map<PeerKey, Set<string>>();

  constructor(store: Pick<ClientStore, 'pins'>) {
    this.#store = store;
    for (const pin of store.pins.all()) this.#index(pin);
  }

  /** Whether the server's naming of this key can change what is doubted, although it is the same as before. */
  isContested(named: Named): boolean {
    // The last of these: the server named the key of old in between, and nobody is its rival right now.
    return this.#contested.has(named.key) || this.#claims.has(named.key) || this.conflictOf(named) !== null;
  }

  /** The server names this key so. Gives the others of whom something else is to be shown now. */
  see(key: PeerKey, nickname: string): Set<PeerKey> {
    const affected = new Set<PeerKey>();
    const name = nicknameComparisonKey(nickname);
    // Who has another name now claims the earlier one no more.
    for (const claimed of [...(this.#claims.get(key) ?? [])])
      if (claimed !== name) this.#unclaim(claimed, affected);
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

  /** Words go to this key, or came from it, under this nickname: if the name is the key's, it is for good. */
  keep({ key, nickname }: Named): void {
    const pin = nickname === null ? undefined : this.#byName.get(nicknameComparisonKey(nickname));
    if (pin?.key === key && !pin.permanent) this.#put({ ...pin, permanent: true });
  }

  /** Whether somebody else has this nickname. */
  isOfAnother(key: PeerKey, nickname: string): boolean {
    const pin = this.#byName.get(nicknameComparisonKey(nickname));
    return pin !== undefined && pin.key !== key;
  }

  /** Whether a name is kept that this key has or claims. */
  isHeld(key: PeerKey): boolean {
    const names = [...(this.#owned.get(key) ?? []), ...(this.#claims.get(key) ?? [])];
    return names.some((name) => this.#byName.get(name)?.permanent === true);
  }

  /** Nobody speaks of this key any more, which is not held. Gives the others of whom something else is to be shown now. */
  forget(key: PeerKey): Set<PeerKey> {
    const affected = new Set<PeerKey>();
    for (const name of [...(this.#owned.get(key) ?? [])]) this.#giveUp(name, affected);
    for (const name of [...(this.#claims.get(key) ?? [])]) this.#unclaim(name, affected);
    return affected;
  }

  /** What the person here has to decide before words go to somebody; null when there is nothing. */
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

  /** The nickname that `key` claims of `peer` belongs to `key` from now on. False when no such thing is to be decided. */
  accept(peer: PeerKey, key: PeerKey): boolean {
    const pin = this.#between(peer, key);
    if (pin === undefined) return false;
    this.#put({ name: pin.name, key, conflictingKey: null, refused: false, permanent: true });
    return true;
  }

  /** `peer` has the key `key` now: what belonged to it belongs to that. */
  rekey(peer: PeerKey, key: PeerKey): void {
    for (const pin of [...this.#byName.values()]) {
      if (pin.key !== peer) continue;
      const rival = pin.conflictingKey === key ? null : pin.conflictingKey;
      this.#put({ ...pin, key, conflictingKey: rival, refused: rival !== null && pin.refused });
    }
  }

  /** The nickname stays with `peer`. False when no such thing is to be decided. */
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

  /** PROTOCOL 6.43: a server could give somebody ever new names. */
  #giveUpOldest(key: PeerKey, current: string, affected: Set<PeerKey>): void {
    const unspoken = [...(this.#owned.get(key) ?? [])].filter((name) => !this.#byName.get(name)?.permanent);
    const oldest = unspoken.find((name) => name !== current);
    if (oldest !== undefined && unspoken.length > namesUnspokenMax) this.#giveUp(oldest, affected);
  }

  #giveUp(name: string, affected: Set<PeerKey>): void {
    const pin = this.#byName.get(name);
    if (pin === undefined) return;
    if (pin.conflictingKey !== null) affected.add(pin.conflictingKey);
    this.#unindex(pin);
    this.#byName.delete(name);
    this.#store.pins.remove(name);
  }

  #unclaim(name: string, affected: Set<PeerKey>): void {
    const pin = this.#byName.get(name);
    if (pin === undefined) return;
    affected.add(pin.key);
    this.#put({ ...pin, conflictingKey: null, refused: false });
  }

  #put(pin: Pin): void {
    const before = this.#byName.get(pin.name);
    // Whose name it stays has it at its place.
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
