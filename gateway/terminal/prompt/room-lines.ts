import type {
  RoomFinding,
  RoomMembers,
  RoomReaders,
  RoomRow,
  RoomView,
} from '../../../shared/bridge/rooms.ts';
import type { ServerRoom } from '../../../shared/bridge/administration.ts';
import type { MessageId, PeerKey, RoomId } from '../../../shared/ids.ts';
import type { RoomNotice } from '../../../shared/message.ts';
import type { Mode, Retention } from '../../../shared/rooms/content.ts';
import type { FindingKind } from '../../../shared/rooms/verify-log.ts';
import type { ChatModel } from '../frontend/chat-model.ts';
import { sizeText } from '../text/size-text.ts';
import { safeLine } from '../text/safe-text.ts';

/** What the prompt prints about rooms. */

type NameOf = (key: PeerKey) => string;

/** The user that reads the lines. One who runs the server is its operator. */
export interface NoticeReader {
  readonly me: PeerKey | undefined;
  readonly runsServer: boolean;
}

/**
 * Returns what the author of the entry did: `bob joined.` Undefined for an entry of which another line tells. `messageName`: how the
 * user knows a message, up to the end of the sentence.
 */
export function noticeText(
  entry: RoomNotice,
  author: string,
  nameOf: NameOf,
  messageName: (id: MessageId) => string,
  reader: NoticeReader,
): string | undefined {
  switch (entry.kind) {
    case 'create':
      // The server made `#everyone` when it first started, which is no news.
      return entry.access === 'everyone' ? undefined : `${author} created the room.`;
    case 'join':
      return `${author} joined.`;
    case 'leave':
      return `${author} left.`;
    case 'invite':
      return `${author} invited ${nameOf(entry.member)}.`;
    case 'remove':
      return `${author} removed ${nameOf(entry.member)}.`;
    case 'ban':
      return `${author} banned ${nameOf(entry.member)}.`;
    case 'unban':
      return `${author} lifted the ban of ${nameOf(entry.member)}.`;
    case 'role':
      return `${author} gave ${nameOf(entry.member)} the role ${entry.role}.`;
    case 'hand-over':
      return `${author} handed the room over to ${nameOf(entry.member)}.`;
    case 'silence':
      return `${author} silenced ${nameOf(entry.member)}.`;
    case 'unsilence':
      return `${author} let ${nameOf(entry.member)} post again.`;
    case 'pin':
      return `${author} pinned ${messageName(entry.of)}`;
    case 'unpin':
      return `${author} unpinned ${messageName(entry.of)}`;
    case 'hide':
    case 'unhide':
      // The change of the message has its own line.
      return undefined;
    case 'topic':
      return entry.topic === ''
        ? `${author} removed the topic.`
        : `${author} changed the topic to: ${safeLine(entry.topic)}`;
    case 'name':
      return `${author} named the room #${safeLine(entry.name)}.`;
    case 'mode':
      return `${author} changed the mode: ${modeText(entry.mode)}.`;
    case 'history':
      return entry.history === 'all'
        ? `${author} changed the history: new members see all earlier messages.`
        : `${author} changed the history: new members see no earlier messages.`;
    case 'retention':
      return `${author} changed what the server keeps: ${retentionText(entry.retention)}.`;
    case 'archive':
      return `${author} archived the room.`;
    case 'name-owner':
    case 'close':
      return operatorText(entry, nameOf, reader);
    default:
      return entry satisfies never;
  }
}

/** What the operator did, as the server writes it in the log. */
function operatorText(
  entry: Extract<RoomNotice, { kind: 'name-owner' | 'close' }>,
  nameOf: NameOf,
  { me, runsServer }: NoticeReader,
): string {
  const operator = runsServer ? 'You' : 'The operator of the server';
  if (entry.kind === 'close') return `${operator} ended the room.`;
  if (runsServer && entry.member === me) return 'You are the owner, because you run the server.';
  return `${operator} made ${nameOf(entry.member)} the only owner.`;
}

function modeText(mode: Mode): string {
  switch (mode.name) {
    case 'normal':
      return 'every member may post';
    case 'moderated':
      return 'only moderators post';
    case 'slow':
      return `one message of a member in ${mode.seconds} s`;
    default:
      return mode satisfies never;
  }
}

function retentionText({ days, count, bytes }: Retention): string {
  const bounds = [
    ...(days === undefined ? [] : [days === 1 ? '1 day' : `${days} days`]),
    ...(count === undefined ? [] : [count === 1 ? '1 entry' : `${count} entries`]),
    ...(bytes === undefined ? [] : [sizeText(bytes)]),
  ];
  return bounds.length === 0 ? 'everything' : bounds.join(', ');
}

function countText(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

/** `#lab | moderator | 5 members | 2 unread, 1 mentions you` */
export function roomLines(model: ChatModel): string[] {
  return model.rooms().map((view) => {
    const { unread, mentions, notify } = model.conversation(view.conversation);
    const news = [
      ...(unread === 0 ? [] : [`${unread} unread`]),
      ...(mentions === 0 ? [] : [`${mentions} of them for you`]),
      ...(notify === 'all' ? [] : [notify === 'none' ? 'muted' : 'only mentions']),
    ];
    const cells = [
      `#${safeLine(view.name)}`,
      standingText(view),
      countText(model.memberCount(view), 'member'),
      ...(view.topic === '' ? [] : [safeLine(view.topic)]),
      ...(news.length === 0 ? [] : [news.join(', ')]),
    ];
    return cells.join(' | ');
  });
}

/** The words for how a room has ended. */
const endText = { archived: 'archived', closed: 'ended by the operator' } as const;

function standingText({ standing, ended, otherServer, silenced }: RoomView): string {
  if (otherServer) return 'of an earlier server';
  if (ended !== null) return endText[ended];
  return silenced ? `${standing}, silenced` : standing;
}

/** The rooms of the list that are not the user's yet. */
export function joinableLines(rows: readonly RoomRow[]): string[] {
  const lines = rows
    .filter(({ standing, ended, access }) => standing === 'guest' && ended === null && access === 'open')
    .map(({ name, members, topic }) =>
      [`#${safeLine(name)}`, countText(members, 'member'), ...(topic === '' ? [] : [safeLine(topic)])].join(
        ' | ',
      ),
    );
  return lines.length === 0 ? [] : ['You can join:', ...lines];
}

/** `#lab | 5 members | 1200 entries | 3.4 MiB` */
export function serverRoomLines(rooms: readonly ServerRoom[]): string[] {
  return rooms.map(({ name, members, entries, bytes, ended }) =>
    [
      `#${safeLine(name)}`,
      countText(members, 'member'),
      entries === 1 ? '1 entry' : `${entries} entries`,
      sizeText(bytes),
      ...(ended === null ? [] : [endText[ended]]),
    ].join(' | '),
  );
}

const roleRanks = { owner: 0, moderator: 1, member: 2, reader: 3 } as const;

/** The members, the highest role first, then the invited and the banned people, and at the end the readers. */
export function memberLines(
  view: RoomView,
  { members, invited, banned }: RoomMembers,
  model: ChatModel,
): string[] {
  const sorted = members.toSorted((one, other) => roleRanks[one.role] - roleRanks[other.role]);
  const isEveryone = view.access === 'everyone';
  return [
    ...sorted.map(({ key, role, silenced }) =>
      [
        model.nicknameOf(key),
        silenced ? `${role}, silenced` : role,
        key === model.me || model.isOnline(key) ? 'Online' : 'Offline',
        ...marksOf(model.guestMarkOf(key)),
      ].join(' | '),
    ),
    ...(isEveryone ? ['All others of the chat are members too. Type clients to list them.'] : []),
    ...invited.map((key) => `${model.nicknameOf(key)} | invited`),
    ...banned.map((key) => `${model.nicknameOf(key)} | banned`),
    'The members can read this room, and so can the computer that runs the server.',
  ];
}

function marksOf(guest: string | undefined): string[] {
  return guest === undefined ? [] : [guest];
}

/** By the word of the server: it counts what the members tell it. */
export function readerLines({ read, delivered, pending, more }: RoomReaders, nameOf: NameOf): string[] {
  const list = (label: string, keys: readonly PeerKey[]) =>
    keys.length === 0 ? [] : [`${label} (${keys.length}): ${keys.map(nameOf).join(', ')}`];
  const lines = [
    ...list('Read by', read),
    ...list('Delivered to', delivered),
    ...list('Not yet delivered to', pending),
    ...(more === 0 ? [] : [`and ${more} more`]),
  ];
  return lines.length === 0
    ? ['No other member was in the room.']
    : [...lines, 'This is what the server says.'];
}

const findingSentences: Readonly<Record<FindingKind, string>> = {
  'wrong-head': 'The server sent messages without its own signature. They were not taken.',
  fork: 'The server shows different members different messages. Ask its operator, and compare what you see with other members.',
  restored: 'The server was restored from a backup. Members send it what it has lost.',
  'log-gap': 'The server left out messages in between. What came after them was not taken.',
  'broken-chain': 'The server changed messages or their order. They were not taken.',
  'wrong-checkpoint':
    'The server says something else about the members and the settings than the messages before. Ask its operator.',
  forged: 'A message is not by the person that it names. It is not shown.',
  altered: 'The server changed the text of a message. The text is not shown.',
  repeated: 'The server sent a message twice. It is shown once.',
  'sequence-gap': 'Messages of this person are missing. The server may hold them back.',
  'against-the-rules':
    'The server let in something that the rules of the room do not allow. It has no effect.',
};

/** Tells the findings and the invitations of rooms, each once. */
export class RoomNews {
  readonly #findings = new Map<RoomId, ReadonlySet<string>>();
  readonly #invitations = new Set<RoomId>();

  take(rooms: readonly RoomView[], nameOf: NameOf): string[] {
    return rooms.flatMap((view) => [...this.#invitationOf(view), ...this.#findingsOf(view, nameOf)]);
  }

  #invitationOf({ room, name, standing }: RoomView): string[] {
    if (standing !== 'invited') {
      this.#invitations.delete(room);
      return [];
    }
    if (this.#invitations.has(room)) return [];
    this.#invitations.add(room);
    return [`You are invited into #${safeLine(name)}. To join it, type join #${safeLine(name)}.`];
  }

  #findingsOf({ room, name, findings }: RoomView, nameOf: NameOf): string[] {
    const known = this.#findings.get(room);
    this.#findings.set(room, new Set(findings.map(identityOf)));
    return findings
      .filter((finding) => known?.has(identityOf(finding)) !== true)
      .map(({ kind, author }) => {
        const about = author === null ? '' : ` (${nameOf(author)})`;
        return `#${safeLine(name)}${about}: ${findingSentences[kind]}`;
      });
  }
}

function identityOf({ kind, seq, author }: RoomFinding): string {
  return `${kind} ${seq} ${author ?? ''}`;
}
