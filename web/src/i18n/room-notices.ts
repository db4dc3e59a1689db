import type { PeerKey } from '../../../shared/ids.ts';
import type { RoomNotice } from '../../../shared/message.ts';
import type { Mode, Retention } from '../../../shared/rooms/content.ts';
import type { Notice } from '../model/timeline.ts';
import type { Texts } from './texts.ts';

/** The user that reads the notices. */
export interface NoticeReader {
  readonly me: PeerKey | null;
  /** The user runs the server, so what the server says of its operator is about the user. */
  readonly runsServer: boolean;
}

/**
 * Returns a line for each notice of a row. Those that joined share a line, and so do those that left. `nameOf`: null for a key that no
 * list of people has, such as the server's.
 */
export function noticeLines(
  notices: readonly Notice[],
  nameOf: (key: PeerKey) => string | null,
  reader: NoticeReader,
  texts: Texts,
): readonly string[] {
  const { me } = reader;
  const words = texts.roomNotices;
  const joined = authorsOf('join', notices);
  const gone = authorsOf('leave', notices);
  const stayed = joined.filter((key) => !gone.includes(key));
  const left = gone.filter((key) => !joined.includes(key));
  const cameAndWent = joined.filter((key) => gone.includes(key));
  const names = (keys: readonly PeerKey[]): string => {
    const others = keys.filter((key) => key !== me).map((key) => nameOf(key) ?? words.unknown);
    if (others.length === 0) return texts.rooms.you;
    return texts.rooms.names(others.length < keys.length ? [...others, texts.rooms.youInside] : others);
  };
  return [
    ...(stayed.length > 0 ? [words.joined(names(stayed))] : []),
    ...(left.length > 0 ? [words.left(names(left))] : []),
    ...(cameAndWent.length > 0 ? [words.cameAndWent(names(cameAndWent))] : []),
    ...notices
      .filter(({ entry }) => entry.kind !== 'join' && entry.kind !== 'leave')
      .map(({ author, entry }) => lineOf(entry, author, nameOf, reader, texts)),
  ];
}

function authorsOf(kind: 'join' | 'leave', notices: readonly Notice[]): readonly PeerKey[] {
  return [...new Set(notices.filter(({ entry }) => entry.kind === kind).map(({ author }) => author))];
}

function lineOf(
  entry: RoomNotice,
  author: PeerKey,
  nameOf: (key: PeerKey) => string | null,
  { me, runsServer }: NoticeReader,
  { roomNotices: words, rooms }: Texts,
): string {
  const by = author === me ? rooms.you : (nameOf(author) ?? words.unknown);
  const named = 'member' in entry ? entry.member : null;
  const member = named === null ? '' : named === me ? rooms.youInside : (nameOf(named) ?? words.unknown);
  switch (entry.kind) {
    case 'create':
      // The server creates #everyone, and is no person.
      return nameOf(author) === null ? words.createdByServer : words.created(by);
    case 'join':
      return words.joined(by);
    case 'leave':
      return words.left(by);
    case 'invite':
    case 'remove':
    case 'ban':
    case 'unban':
    case 'silence':
    case 'unsilence':
    case 'hand-over':
      return words.toMember[entry.kind](by, member);
    case 'role':
      return words.role(by, member, rooms.roles[entry.role]);
    case 'hide':
    case 'unhide':
    case 'pin':
    case 'unpin':
    case 'archive':
      return words.did[entry.kind](by);
    case 'topic':
      return entry.topic === '' ? words.noTopic(by) : words.topic(by, entry.topic);
    case 'name':
      return words.named(by, entry.name);
    case 'mode':
      return words.mode(by, modeWords(entry.mode, words));
    case 'history':
      return words.history[entry.history](by);
    case 'retention':
      return words.retention(by, retentionWords(entry.retention, rooms));
    case 'name-owner':
      if (!runsServer) return words.namedOwner(member);
      return named === me ? words.ownerAsOperator : words.namedOwnerByYou(member);
    case 'close':
      return runsServer ? words.closedByYou : words.closed;
    default:
      return entry satisfies never;
  }
}

function modeWords(mode: Mode, words: Texts['roomNotices']): string {
  return mode.name === 'slow' ? words.slow(mode.seconds) : words.modes[mode.name];
}

/** `30 days, 1,000 messages`, or that all is kept. */
export function retentionWords(retention: Retention, words: Texts['rooms']): string {
  const { days, count, bytes } = retention;
  const bounds = [
    ...(days === undefined ? [] : [words.keptDays(days)]),
    ...(count === undefined ? [] : [words.keptCount(count)]),
    ...(bytes === undefined ? [] : [words.keptMebibytes(Math.round(bytes / 1_048_576))]),
  ];
  return bounds.length === 0 ? words.keptAll : bounds.join(', ');
}
