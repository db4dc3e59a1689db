import { lookAlikeKeys } from '../../../shared/look-alikes.ts';

/** A nickname that the user or a contact has. */
interface Name {
  readonly nickname: string;
  /** Its place among the nicknames with each of its look-alike keys. */
  readonly places: Place[];
  /** How many keys have it. Without a lying server it is one. */
  bearers: number;
}

interface Place {
  readonly lookAlikeKey: string;
  readonly name: Name;
  before: Place | undefined;
  after: Place | undefined;
}

/**
 * Finds for each nickname another one that looks like it (PROTOCOL 6.98). An honest server gives no such nicknames, but a
 * lying one can give thousands. Each nickname therefore refers to its neighbour among those with the same look-alike key:
 * one that comes or goes changes the reference of a few others, and not of all.
 */
export class LookAlikeNames {
  readonly #names = new Map<string, Name>();
  readonly #last = new Map<string, Place>();

  /** Returns another nickname that looks like this one; null without one. */
  of(nickname: string): string | null {
    for (const { before, after } of this.#names.get(nickname)?.places ?? []) {
      const other = before ?? after;
      if (other !== undefined) return other.name.nickname;
    }
    return null;
  }

  /** A key has this nickname now. Returns the other nicknames for which `of` may return something else. */
  add(nickname: string): readonly string[] {
    const known = this.#names.get(nickname);
    if (known !== undefined) {
      known.bearers++;
      return [];
    }
    const name: Name = { nickname, places: [], bearers: 1 };
    this.#names.set(nickname, name);
    const changed: string[] = [];
    for (const lookAlikeKey of lookAlikeKeys(nickname)) {
      const before = this.#last.get(lookAlikeKey);
      const place: Place = { lookAlikeKey, name, before, after: undefined };
      name.places.push(place);
      this.#last.set(lookAlikeKey, place);
      if (before === undefined) continue;
      before.after = place;
      changed.push(before.name.nickname);
    }
    return changed;
  }

  /** A key no longer has this nickname. Returns the other nicknames for which `of` may return something else. */
  remove(nickname: string): readonly string[] {
    const name = this.#names.get(nickname);
    if (name === undefined) return [];
    name.bearers--;
    if (name.bearers > 0) return [];
    this.#names.delete(nickname);
    const changed: string[] = [];
    for (const { lookAlikeKey, before, after } of name.places) {
      if (before !== undefined) before.after = after;
      if (after !== undefined) after.before = before;
      else if (before !== undefined) this.#last.set(lookAlikeKey, before);
      else this.#last.delete(lookAlikeKey);
      for (const place of [before, after]) if (place !== undefined) changed.push(place.name.nickname);
    }
    return changed;
  }
}
