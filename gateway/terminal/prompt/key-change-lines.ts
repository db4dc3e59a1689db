import type { KeyConflict, Contact } from '../../../shared/bridge/schema.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { safeLine } from '../text/safe-text.ts';

/** Tells the user once that the key of a contact has changed. */
export class KeyChangeLines {
  readonly #printed = new Map<PeerKey, string>();

  /** Returns the lines for new key conflicts in these rows of the client table. */
  take(contacts: readonly Contact[]): string[] {
    return contacts.flatMap(({ key, nickname, keyConflict, verified, blocked }) => {
      const conflict = keyConflict === undefined ? '' : JSON.stringify(keyConflict);
      if ((this.#printed.get(key) ?? '') === conflict) return [];
      if (keyConflict === undefined) this.#printed.delete(key);
      else this.#printed.set(key, conflict);
      return keyConflict === undefined || nickname === null
        ? []
        : lineOf(keyConflict, safeLine(nickname), {
            wasCompared: verified === true,
            wasBlocked: blocked === true,
          });
    });
  }

  /** Forgets people who have left the client table. */
  forget(keys: readonly PeerKey[]): void {
    for (const key of keys) this.#printed.delete(key);
  }
}

function lineOf(
  keyConflict: KeyConflict,
  nickname: string,
  { wasCompared, wasBlocked }: { readonly wasCompared: boolean; readonly wasBlocked: boolean },
): string[] {
  // The row of the pinned key prints the line.
  if (keyConflict.type === 'not-pinned') return [];
  if (keyConflict.refused)
    return [`You refused the new key of ${nickname}. Your messages wait until the old key is back.`];
  return [
    `${nickname} has a different key than before. It may be a new installation, or someone else. ` +
      (wasCompared ? 'You compared the safety number of the earlier key. ' : '') +
      (wasBlocked ? 'You blocked the earlier key. The new one is not blocked. ' : '') +
      `Your messages wait until you decide. Compare numbers with safety ${nickname}, ` +
      `then type accept ${nickname} or refuse ${nickname}.`,
  ];
}
