import type { KeyConflict, Person } from '../../../shared/bridge/schema.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { safeLine } from '../text/safe-text.ts';

/** Tells a person at the prompt, once, that a key is another one than it was. */
export class KeyChangeLines {
  readonly #told = new Map<PeerKey, string>();

  /** The lines for what is new in these rows of the client table. */
  take(people: readonly Person[]): string[] {
    return people.flatMap(({ key, nickname, keyConflict, verified }) => {
      const told = keyConflict === undefined ? '' : JSON.stringify(keyConflict);
      if ((this.#told.get(key) ?? '') === told) return [];
      if (keyConflict === undefined) this.#told.delete(key);
      else this.#told.set(key, told);
      return keyConflict === undefined || nickname === null
        ? []
        : lineOf(keyConflict, safeLine(nickname), verified === true);
    });
  }

  /** Nobody speaks of these people any more. */
  forget(keys: readonly PeerKey[]): void {
    for (const key of keys) this.#told.delete(key);
  }
}

function lineOf(keyConflict: KeyConflict, nickname: string, wasCompared: boolean): string[] {
  // The one line stands with whom the nickname belonged to.
  if (keyConflict.type === 'not-pinned') return [];
  if (keyConflict.refused)
    return [`${nickname} keeps the old key; what you write waits until that key is back.`];
  return [
    `The server names another key for ${nickname}: a new installation, or somebody else. ` +
      (wasCompared ? `You had compared the number with the key that you know; this is not it. ` : '') +
      'Nothing is sent until you ' +
      `decide: compare numbers with safety ${nickname}, then write accept ${nickname} or refuse ${nickname}.`,
  ];
}
