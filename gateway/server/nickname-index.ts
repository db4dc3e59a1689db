import type { PeerKey } from '../../shared/ids.ts';
import { lookAlikeKeys } from '../../shared/look-alikes.ts';
import { nicknameComparisonKey } from '../../shared/nickname.ts';

/** Finds the owners of names, and of names that look like one, without comparing all of them: users, or rooms. */
export class NicknameIndex<Owner extends string = PeerKey> {
  readonly #byComparison = new Map<string, Owner>();
  /** A table from a program with an older Unicode can have two nicknames with the same key. */
  readonly #byLookAlike = new Map<string, Set<Owner>>();

  add(key: Owner, nickname: string): void {
    this.#byComparison.set(nicknameComparisonKey(nickname), key);
    for (const lookAlike of lookAlikeKeys(nickname)) {
      const owners = this.#byLookAlike.get(lookAlike);
      if (owners === undefined) this.#byLookAlike.set(lookAlike, new Set([key]));
      else owners.add(key);
    }
  }

  remove(key: Owner, nickname: string): void {
    this.#byComparison.delete(nicknameComparisonKey(nickname));
    for (const lookAlike of lookAlikeKeys(nickname)) {
      const owners = this.#byLookAlike.get(lookAlike);
      owners?.delete(key);
      if (owners?.size === 0) this.#byLookAlike.delete(lookAlike);
    }
  }

  /** Returns the owner of this nickname, as RFC 8266 compares nicknames. */
  ownerOf(nickname: string): Owner | undefined {
    return this.#byComparison.get(nicknameComparisonKey(nickname));
  }

  /** Whether a key other than `except` has this nickname, or one that looks like it. */
  looksTaken(nickname: string, except?: Owner): boolean {
    for (const lookAlike of lookAlikeKeys(nickname))
      for (const owner of this.#byLookAlike.get(lookAlike) ?? []) if (owner !== except) return true;
    return false;
  }
}
