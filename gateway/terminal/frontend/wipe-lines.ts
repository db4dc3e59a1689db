import type { WipeReport } from '../../../shared/bridge/wipe.ts';
import { formatServer } from '../../../shared/join-address-text.ts';
import { safeLine } from '../text/safe-text.ts';

/** What a wipe does, and what it cannot reach. */
export const wipeLines: readonly string[] = [
  'A wipe removes all chats of this computer: every nickname, message and key in the data folder, and a chat that you host here.',
  'It cannot reach backups and saved conversations, the copies of other people, the history of browsers, browsers that are closed now, and blocks of the disk that are free but not overwritten.',
  'The nickname of this chat becomes free if its server answers. Chatagram ends then.',
];

/** What a wipe has done. */
export function wipedLines({ released, taken, left }: WipeReport): string[] {
  const names = taken.map(({ nickname, server }) => `${nickname} at ${formatServer(server)}`);
  return [
    'All chats of this computer are wiped.',
    ...(released === null ? [] : [`The server has freed the nickname ${safeLine(released)}.`]),
    ...(names.length === 0
      ? []
      : [
          `These nicknames stay taken until the operator of the server releases them: ${safeLine(names.join(', '))}.`,
        ]),
    ...(left.length === 0
      ? []
      : [`Chatagram left files in the data folder that it did not make: ${safeLine(left.join(', '))}.`]),
  ];
}
