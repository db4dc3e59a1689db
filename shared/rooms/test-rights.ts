import type { Digest, MessageId, PeerKey } from '../ids.ts';
import type { RoomContent, RoomKind } from './content.ts';

/** For tests: the table of rights as the words of docs/protocol/rooms.md say it, and a content of each kind. */

/** An author with each standing. `silenced`: a member. */
export const rightsAuthors = [
  'owner',
  'moderator',
  'member',
  'reader',
  'silenced',
  'guest',
  'banned',
  'server',
] as const;
export type RightsAuthor = (typeof rightsAuthors)[number];

/** A room that is as open as it can be, and one for each rule. `slow`: each author has posted just now. */
export const rightsSituations = [
  'open',
  'closed',
  'moderated',
  'slow',
  'archived',
  'ended',
  'everyone',
] as const;
export type RightsSituation = (typeof rightsSituations)[number];

/** One row of the table in docs/protocol/rooms.md, read as the words stand there. */
export interface RightsTableRow {
  readonly kind: RoomKind;
  readonly least: string;
  readonly closed: string;
  readonly moderated: string;
  readonly silenced: boolean;
  readonly slow: boolean;
  readonly archived: boolean;
  readonly everyone: boolean;
  readonly own: boolean;
}

/** The rows of the table in docs/protocol/rooms.md. */
export function rightsTableOf(document: string): RightsTableRow[] {
  return [...document.matchAll(/^\| `([a-z-]+)` \|((?: [a-z]* ?\|){8})$/gm)].map(([, kind, cells = '']) => {
    const [least = '', closed = '', moderated = '', ...flags] = cells.split('|').map((cell) => cell.trim());
    const [silenced, slow, archived, everyone, own] = flags.map((flag) => flag === 'yes');
    return {
      kind: kind as RoomKind,
      least,
      closed: closed === '' ? least : closed,
      moderated: moderated === '' ? least : moderated,
      silenced: silenced === true,
      slow: slow === true,
      archived: archived === true,
      everyone: everyone === true,
      own: own === true,
    };
  });
}

/** What the document says about one cell: whether this author may, and the code if not. */
export function rulingOf(row: RightsTableRow, person: RightsAuthor, situation: RightsSituation): string {
  if (row.kind === 'create') return 'already-created';
  if (situation === 'ended') return 'room-closed';
  if (situation === 'archived' && !row.archived) return 'archived';
  if (situation === 'everyone' && !row.everyone) return 'not-in-everyone';
  if (person === 'banned' && situation !== 'everyone') return 'banned-from-room';
  // In `#everyone`, the guest and the banned one of the other rooms are not in the client table.
  if (situation === 'everyone' && (person === 'guest' || person === 'banned')) return 'not-a-member';
  if (row.kind === 'join') return person === 'guest' ? 'ok' : 'already-a-member';
  if (person === 'guest') return 'not-a-member';
  const order = ['reader', 'member', 'moderator', 'owner'];
  const role = person === 'silenced' ? 'member' : person;
  const reaches = (least: string) =>
    least === 'server' || role === 'server' ? role === least : order.indexOf(role) >= order.indexOf(least);
  if (!reaches(situation === 'closed' ? row.closed : row.least)) return 'not-allowed';
  if (situation === 'moderated' && !reaches(row.moderated)) return 'moderated';
  if (person === 'silenced' && !row.silenced) return 'silenced';
  if (situation === 'slow' && row.slow && role === 'member') return 'slow';
  return 'ok';
}

/** A content of each kind that only the table can refuse. `target`: a member, `stranger`: none. */
export function rightsContents(
  ofMessage: MessageId,
  target: PeerKey,
  stranger: PeerKey,
): { readonly [K in RoomKind]: RoomContent } {
  return {
    text: { kind: 'text', text: 'hello' },
    reply: { kind: 'reply', to: ofMessage, text: 'hello' },
    edit: { kind: 'edit', of: ofMessage, text: 'hello' },
    delete: { kind: 'delete', of: ofMessage },
    reaction: { kind: 'reaction', items: [{ of: ofMessage, emoji: '👍', on: true }] },
    announcement: { kind: 'announcement', text: 'hello' },
    acknowledge: { kind: 'acknowledge', items: [ofMessage] },
    poll: { kind: 'poll', question: 'hello', choices: ['yes', 'no'] },
    vote: { kind: 'vote', items: [{ of: ofMessage, choice: 0 }] },
    'close-poll': { kind: 'close-poll', of: ofMessage },
    file: { kind: 'file', name: 'a.txt', size: 1, type: 'text/plain', root: 'ab'.repeat(32) as Digest },
    create: { kind: 'create', name: 'again', access: 'open' },
    join: { kind: 'join' },
    leave: { kind: 'leave' },
    invite: { kind: 'invite', member: stranger },
    remove: { kind: 'remove', member: target },
    ban: { kind: 'ban', member: target },
    unban: { kind: 'unban', member: target },
    role: { kind: 'role', member: target, role: 'reader' },
    'hand-over': { kind: 'hand-over', member: target },
    silence: { kind: 'silence', member: target },
    unsilence: { kind: 'unsilence', member: target },
    hide: { kind: 'hide', of: ofMessage },
    unhide: { kind: 'unhide', of: ofMessage },
    pin: { kind: 'pin', of: ofMessage },
    unpin: { kind: 'unpin', of: ofMessage },
    topic: { kind: 'topic', topic: 'news' },
    name: { kind: 'name', name: 'library' },
    mode: { kind: 'mode', mode: { name: 'normal' } },
    history: { kind: 'history', history: 'none' },
    retention: { kind: 'retention', retention: { days: 1 } },
    archive: { kind: 'archive' },
    'name-owner': { kind: 'name-owner', member: target },
    close: { kind: 'close' },
  };
}
