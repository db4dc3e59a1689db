import type { Access, Mode, Role } from '../../../shared/rooms/content.ts';
import type { MemberAction } from '../model/member-actions.ts';

/** What is done to a member, but a change of role. */
type PlainMemberAction = Exclude<MemberAction['kind'], 'role'>;

/** The texts of the dialogs about rooms in English. They are loaded with these, and not with the chat. */
export const enRooms = {
  cancel: 'Cancel',
  save: 'Save',
  saved: 'Saved.',
  thatsYou: '(you)',
  joinLabel: (name: string) => `Join ${name}`,
  open: 'Open',
  openLabel: (name: string) => `Open ${name}`,
  whoReads: 'Its members can read it, and so can the computer that runs the server.',

  name: 'Name',
  nameHint: 'Up to 32 characters, no spaces.',
  whoComesIn: 'Access',
  accessName: { open: 'Open.', closed: 'By invitation.' },
  accessHint: {
    open: 'Anyone in this chat finds it and joins.',
    closed: 'Only people who are invited find it and join.',
  },
  access: {
    everyone: 'Everyone in this chat is in this room.',
    open: 'Anyone in this chat can join this room.',
    closed: 'Only people who are invited can join this room.',
  },
  accessEnded: {
    archived: 'This room is archived: nothing new is written here.',
    closed: 'This room has ended: nothing new is written here.',
  },
  create: 'Create the room',
  creating: 'Creating …',
  createLater:
    'There is no connection to the server now. The room is created when it is back, and then stands in your list. You can close this.',

  find: 'Find a room',
  looking: 'Looking for rooms …',
  noRooms: 'There are no rooms to join here.',
  makeOne: 'You can make one.',
  oldList: 'There is no connection to the server now, so this list may be old.',
  bannedHere: 'You are banned',
  moreRooms: 'Show more rooms',
  ended: { archived: 'archived', closed: 'ended' },

  makeRole: {
    owner: 'Make owner',
    moderator: 'Make moderator',
    member: 'Make member',
    reader: 'Make reader',
  } satisfies Record<Role, string>,
  madeRole: (nickname: string, role: string) => `The role of ${nickname} is now: ${role}.`,
  memberActions: {
    'hand-over': 'Hand the room over',
    silence: 'Silence',
    unsilence: 'Let write again',
    remove: 'Remove',
    ban: 'Ban',
  } satisfies Record<PlainMemberAction, string>,
  memberActionDone: {
    'hand-over': (nickname: string) => `${nickname} owns this room now.`,
    silence: (nickname: string) => `${nickname} cannot write here now.`,
    unsilence: (nickname: string) => `${nickname} can write again.`,
    remove: (nickname: string) => `${nickname} is removed.`,
    ban: (nickname: string) => `${nickname} is banned from this room.`,
  } satisfies Record<PlainMemberAction, (nickname: string) => string>,
  /** What is asked first. */
  asked: {
    'hand-over': {
      means: (nickname: string) =>
        `${nickname} becomes the owner, and you become a moderator. Only ${nickname} can undo that.`,
      confirm: (nickname: string) => `Hand over to ${nickname} now`,
    },
    remove: {
      means: (nickname: string, access: Access) =>
        access === 'closed'
          ? `${nickname} gets nothing more from this room, and needs an invitation to come back.`
          : `${nickname} gets nothing more from this room, and can join it again. To prevent that, ban ${nickname}.`,
      confirm: (nickname: string) => `Remove ${nickname} now`,
    },
    ban: {
      means: (nickname: string) =>
        `${nickname} gets nothing more from this room, and cannot come back until a moderator lifts the ban.`,
      confirm: (nickname: string) => `Ban ${nickname} now`,
    },
  } satisfies Partial<
    Record<
      PlainMemberAction,
      { means: (nickname: string, access: Access) => string; confirm: (nickname: string) => string }
    >
  >,
  memberLine: (role: string, presence: string, silenced: boolean) =>
    `${role} · ${presence}${silenced ? ' · Silenced' : ''}`,
  unban: 'Lift the ban',
  unbanned: (nickname: string) => `${nickname} may come back.`,
  actionsFor: (nickname: string) => `Actions for ${nickname}`,
  membersHeading: 'Members',
  findMembers: 'Find members',
  noMember: 'No member has that name.',
  moreMembers: (count: number) => `And ${count} more. Type part of a nickname to find them.`,
  invite: 'Invite someone',
  inviteTo: (name: string) => `Invite people to ${name}`,
  inviteHint: 'The room is there, and you are in it alone. Only the people that you invite find it.',
  inviteWhom: 'Nickname',
  inviteNow: 'Invite',
  invitedNow: (nickname: string) => `${nickname} is invited.`,
  invitedHeading: 'Invited',
  takeBack: 'Take back',
  uninvited: (nickname: string) => `The invitation of ${nickname} is taken back.`,
  bannedHeading: 'Banned',

  topic: 'Topic',
  mode: 'Allowed to write',
  modes: {
    normal: 'All members',
    moderated: 'Only moderators',
    slow: 'All members, but slowly',
  } satisfies Record<Mode['name'], string>,
  slowSeconds: 'Seconds between two messages',
  slowMode: (seconds: number) => `All members, one message each in ${seconds} seconds`,
  history: 'What new members see',
  histories: { all: 'All messages', none: 'Only messages from when they join' },
  retention: 'How long messages are kept',
  retentionHint:
    'Older messages go from the server and from the computers of all members. An empty field is no limit.',
  retentionWrong: 'Enter whole numbers from 1 up, or leave a field empty.',
  bounds: { days: 'days', count: 'messages', mebibytes: 'MiB' },
  noBound: 'no limit',
  archive: 'Archive this room',
  archiveMeans: 'No one can write here any longer, and this cannot be undone. Everyone can still read it.',
  archiveNow: 'Archive now',
  archivedNow: 'The room is archived.',
  leave: 'Leave this room',
  leaveMeans: {
    open: 'You keep what you have. You can join again at any time.',
    closed: 'You keep what you have. To come back, you need an invitation.',
  },
  leaveNow: 'Leave now',
};
