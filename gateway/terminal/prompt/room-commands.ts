import type { RoomCommandType, RoomRow, RoomView } from '../../../shared/bridge/rooms.ts';
import type { CommandOf } from '../../../shared/bridge/commands.ts';
import { roomConversation } from '../../../shared/conversation.ts';
import { errors } from '../../../shared/errors.ts';
import type { PeerKey, RoomId } from '../../../shared/ids.ts';
import {
  roomKeepBytesMax,
  roomKeepCountMax,
  roomKeepDaysMax,
  roomSlowSecondsMax,
} from '../../../shared/limits.ts';
import { isMember } from '../../../shared/model/rooms.ts';
import { nicknameComparisonKey } from '../../../shared/nickname.ts';
import type { Mode, Retention, Role } from '../../../shared/rooms/content.ts';
import { memberRows, roomListRows, roomRows } from '../command-rows.mjs';
import { newRoomId } from '../frontend/new-id.ts';
import { namedOwner, serverRooms } from '../server-console/room-administration.ts';
import { safeLine } from '../text/safe-text.ts';
import {
  chatCommandsOf,
  memberCommandsOf,
  roomCommandsOf,
  type ChatCommand,
  type CommandArguments,
  type Lines,
  type MemberCommand,
  type PromptContext,
  type RoomCommand,
  type RoomEntryCommand,
} from './prompt-command.ts';
import { joinableLines, memberLines, roomLines } from './room-lines.ts';

/** Commands to find rooms, and to come into them. */
export const roomListCommands: readonly ChatCommand[] = chatCommandsOf(roomListRows, {
  rooms,
  create,
  join,
});

/** Commands about one room of the user. What becomes of an entry, the transcript tells. */
export const roomCommands: readonly RoomCommand[] = roomCommandsOf(roomRows, {
  leave: (context, view) => written(context, view, { type: 'room-leave' }),
  members,
  topic: (context, view, { text: topic }) =>
    [...topic].length > topicMax
      ? said(`A topic has at most ${topicMax} characters.`)
      : written(context, view, { type: 'room-topic', topic }),
  name: (context, view, { text }) =>
    written(context, view, { type: 'room-name', name: text.startsWith('#') ? text.slice(1) : text }),
  mode,
  history: (context, view, { choice }) =>
    written(context, view, { type: 'room-history', history: choice === 'none' ? 'none' : 'all' }),
  keep,
  archive: (context, view) => written(context, view, { type: 'room-archive' }),
});

/** Commands about one person in a room. */
export const memberCommands: readonly MemberCommand[] = memberCommandsOf(memberRows, {
  invite: (context, view, member) => written(context, view, { type: 'room-invite', member }),
  remove: (context, view, member) => written(context, view, { type: 'room-remove', member }),
  ban: (context, view, member) => written(context, view, { type: 'room-ban', member }),
  unban: (context, view, member) => written(context, view, { type: 'room-unban', member }),
  silence: (context, view, member) => written(context, view, { type: 'room-silence', member }),
  unsilence: (context, view, member) => written(context, view, { type: 'room-unsilence', member }),
  role: (context, view, member, { choice }) => {
    const role = roles.find((each) => each === choice) ?? 'member';
    return written(context, view, { type: 'room-role', member, role });
  },
  owner,
});

const roles: readonly Role[] = ['owner', 'moderator', 'member', 'reader'];

/** `maxLength` of TopicField. */
const topicMax = 256;
/** The server sends at most 100 rooms in an answer, and has at most 1,000. */
const pagesMax = 20;

type Entry = { [Type in RoomCommandType]: Omit<CommandOf<Type>, 'id' | 'room'> }[RoomCommandType];

async function said(sentence: string): Promise<Lines> {
  return [sentence];
}

function written(
  context: PromptContext,
  { room, conversation, name }: RoomView,
  entry: Entry,
): Promise<Lines> {
  return context.writeEntry(
    { conversation, name: `#${name}` },
    { ...entry, id: context.newMessageId(), room },
  );
}

/** Writes the entry with which the user comes into a room, and waits for it: the next line of a script may write into the room. */
async function entered(context: PromptContext, name: string, command: RoomEntryCommand): Promise<Lines> {
  const { id, room } = command;
  const lines = await context.writeEntry({ conversation: roomConversation(room), name }, command);
  if (lines.length > 0) return lines;
  const isAnswered = await context.answered(
    () => context.model.rooms().some((view) => view.room === room && isMember(view)),
    id,
  );
  return isAnswered ? [] : ['The server does not answer. This is saved here and will be sent later.'];
}

async function rooms(context: PromptContext): Promise<Lines> {
  const rows = await browsed(context, () => false);
  const own = roomLines(context.model);
  return [
    ...(own.length === 0 ? ['You are in no room.'] : own),
    ...joinableLines(rows),
    ...(context.model.isHosting
      ? ['On your server, the largest first:', ...(await serverRooms(context))]
      : []),
  ];
}

/** Asks the server for its rooms, page by page, until the wanted one is there. Without a server, the list is empty. */
async function browsed(
  context: PromptContext,
  isWanted: (row: RoomRow) => boolean,
): Promise<readonly RoomRow[]> {
  let after: string | null = null;
  for (let page = 0; page < pagesMax; page++) {
    const before = context.model.browsed;
    const answer = await context.execute({ type: 'room-browse', after });
    if (answer.status === 'refused') break;
    await context.answered(() => context.model.browsed !== before);
    const { browsed: now } = context.model;
    if (now === null || now === before) break;
    if (now.next === null || now.rooms.some(isWanted)) return now.rooms;
    after = now.next;
  }
  return after === null ? [] : (context.model.browsed?.rooms ?? []);
}

function create(context: PromptContext, { room: typed, choice }: CommandArguments): Promise<Lines> {
  return entered(context, typed, {
    type: 'room-create',
    id: context.newMessageId(),
    room: newRoomId(),
    name: typed.slice(1),
    access: choice === 'by-invitation' ? 'closed' : 'open',
  });
}

async function join(context: PromptContext, { room: typed }: CommandArguments): Promise<Lines> {
  const known = await context.findRoom(typed);
  if (known !== undefined && isMember(known)) return [`You are in #${safeLine(known.name)} already.`];
  const room = known?.room ?? (await roomInList(context, typed));
  if (room === undefined) return [errors['no-such-room'].sentence];
  return entered(context, typed, { type: 'room-join', id: context.newMessageId(), room });
}

async function roomInList(context: PromptContext, typed: string): Promise<RoomId | undefined> {
  const wanted = nicknameComparisonKey(typed.slice(1));
  const isWanted = ({ name }: RoomRow): boolean => nicknameComparisonKey(name) === wanted;
  return (await browsed(context, isWanted)).find(isWanted)?.room;
}

async function members(context: PromptContext, view: RoomView): Promise<Lines> {
  const answer = await context.execute({ type: 'room-members', room: view.room });
  return answer.status === 'refused' ? [answer.sentence] : memberLines(view, answer.result, context.model);
}

/** An owner hands the room over. The operator of the server names an owner, also where no owner is left. */
function owner(context: PromptContext, view: RoomView, member: PeerKey): Promise<Lines> {
  return context.model.isHosting && view.standing !== 'owner'
    ? namedOwner(context, view, { type: 'key', key: member })
    : written(context, view, { type: 'room-hand-over', member });
}

function mode(context: PromptContext, view: RoomView, typed: CommandArguments): Promise<Lines> {
  const wanted = modeOf(typed);
  return wanted === undefined
    ? said(
        `Type mode #room normal, mode #room moderated, or mode #room slow and 1 to ${roomSlowSecondsMax} seconds.`,
      )
    : written(context, view, { type: 'room-mode', mode: wanted });
}

function modeOf({ choice, text }: CommandArguments): Mode | undefined {
  if (choice !== 'slow') {
    return text === '' ? { name: choice === 'moderated' ? 'moderated' : 'normal' } : undefined;
  }
  const seconds = wholeNumber(text, roomSlowSecondsMax);
  return seconds === undefined ? undefined : { name: 'slow', seconds };
}

function keep(context: PromptContext, view: RoomView, { text }: CommandArguments): Promise<Lines> {
  const retention = parseRetention(text);
  return retention === undefined
    ? said(
        'Type keep #room with 30d for days, 1000 for messages, 50MiB for a size, several of these, or all.',
      )
    : written(context, view, { type: 'room-retention', retention });
}

/** `30d`, `1000` and `50MiB`, each at most once, or `all`. Undefined for another text. */
export function parseRetention(text: string): Retention | undefined {
  if (text === 'all') return {};
  const retention: { days?: number; count?: number; bytes?: number } = {};
  for (const word of text.split(/\s+/u)) {
    const [, digits = '', unit = ''] = /^(\d+)(d|MiB|)$/iu.exec(word) ?? [];
    const [field, most, scale] = retentionUnits[unit.toLowerCase()] ?? [];
    if (field === undefined || most === undefined || scale === undefined) return undefined;
    const amount = wholeNumber(digits, most / scale);
    if (amount === undefined || retention[field] !== undefined) return undefined;
    retention[field] = amount * scale;
  }
  return retention;
}

const retentionUnits: Readonly<Record<string, readonly ['days' | 'count' | 'bytes', number, number]>> = {
  d: ['days', roomKeepDaysMax, 1],
  '': ['count', roomKeepCountMax, 1],
  mib: ['bytes', roomKeepBytesMax, 1024 * 1024],
};

function wholeNumber(text: string, most: number): number | undefined {
  const number = /^\d{1,12}$/u.test(text) ? Number(text) : 0;
  return number >= 1 && number <= most ? number : undefined;
}
