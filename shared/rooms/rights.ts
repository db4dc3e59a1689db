import type { RoomKind, Role } from './content.ts';

/**
 * The authors that may write each kind of entry (PROTOCOL 10.16). This table is the only place that says it: the reducer of every member,
 * the server, and the table of docs/protocol/rooms.md follow it.
 */

/** What an author is in a room. `guest`: not a member. `server`: the server's own key. */
export type Standing = 'server' | Role | 'guest' | 'banned';

/** What the author needs at least: one of the roles, to be no member yet, or to be the server. */
type Least = Role | 'guest' | 'server';

export interface RightsRow {
  readonly least: Least;
  /** In a closed room. As `least`, unless it says otherwise. */
  readonly leastWhenClosed?: Least;
  /** In a moderated room. As `least`, unless it says otherwise. */
  readonly leastWhenModerated?: Least;
  /** Whether a silenced author may. */
  readonly silenced: boolean;
  /** Whether the pace of a slow room counts it. Owners and moderators have no pace. */
  readonly slowed: boolean;
  /** Whether it may come after `archive`. */
  readonly archived: boolean;
  /** Whether `#everyone` has this kind. */
  readonly everyone: boolean;
  /** Only the author of the message that it names. The server checks it; a reader ignores the change of another author. */
  readonly ownMessage: boolean;
}

const post = {
  least: 'member',
  leastWhenModerated: 'moderator',
  silenced: false,
  slowed: true,
  archived: false,
  everyone: true,
  ownMessage: false,
} as const satisfies RightsRow;

/** Reactions and votes: everything of a post but its pace, and also in a moderated room. */
const press = {
  least: 'member',
  silenced: false,
  slowed: false,
  archived: false,
  everyone: true,
  ownMessage: false,
} as const satisfies RightsRow;

/** What moderators do in every room. */
const moderate = {
  least: 'moderator',
  silenced: true,
  slowed: false,
  archived: false,
  everyone: true,
  ownMessage: false,
} as const satisfies RightsRow;

const moderateMembers = { ...moderate, everyone: false } as const satisfies RightsRow;
const moderateAlways = { ...moderate, archived: true } as const satisfies RightsRow;
const own = { ...moderate, least: 'owner' } as const satisfies RightsRow;
const ownRoom = { ...own, everyone: false } as const satisfies RightsRow;
const byServer = { ...moderate, least: 'server', archived: true } as const satisfies RightsRow;

export const rights = {
  text: post,
  reply: post,
  edit: { ...post, slowed: false, ownMessage: true },
  delete: { ...press, least: 'reader', silenced: true, archived: true, ownMessage: true },
  reaction: press,
  announcement: { ...post, least: 'moderator' },
  acknowledge: { ...press, least: 'reader', silenced: true },
  poll: post,
  vote: press,
  'close-poll': { ...press, ownMessage: true },
  file: post,
  create: { ...moderate, least: 'guest' },
  join: { ...moderateMembers, least: 'guest' },
  leave: { ...moderateMembers, least: 'reader', archived: true },
  invite: { ...moderateMembers, least: 'member', leastWhenClosed: 'moderator', silenced: false },
  remove: { ...moderateMembers, archived: true },
  ban: { ...moderateMembers, archived: true },
  unban: { ...moderateMembers, archived: true },
  role: moderate,
  'hand-over': { ...own, archived: true },
  silence: moderate,
  unsilence: moderate,
  hide: moderateAlways,
  unhide: moderateAlways,
  pin: moderate,
  unpin: moderate,
  topic: moderate,
  name: ownRoom,
  mode: moderate,
  history: ownRoom,
  retention: own,
  archive: ownRoom,
  'name-owner': byServer,
  close: { ...byServer, everyone: false },
} as const satisfies Record<RoomKind, RightsRow>;

/** A kind of a later version. This version cannot tell what it does, and lets it in as a post. */
const laterKind: RightsRow = post;

/** `@room`, in a content of any kind. */
export const leastForMentionOfRoom: Role = 'moderator';

export function rightsOf(kind: string): RightsRow {
  return Object.hasOwn(rights, kind) ? rights[kind as RoomKind] : laterKind;
}

const ranks: Record<Standing, number> = {
  server: 5,
  owner: 4,
  moderator: 3,
  member: 2,
  reader: 1,
  guest: 0,
  banned: -1,
};

/** Whether one of these is higher than the other: an owner than a moderator, and so on down to a guest. */
export function ranksAbove(one: Standing, other: Standing): boolean {
  return ranks[one] > ranks[other];
}

/** Whether this standing is enough. Only the server does what is the server's, and only a guest joins. */
export function isEnough(standing: Standing, least: Least): boolean {
  if (least === 'server' || standing === 'server') return standing === least;
  if (least === 'guest') return standing === 'guest';
  return ranks[standing] >= ranks[least];
}
