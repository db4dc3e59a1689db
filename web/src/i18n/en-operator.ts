import { countedIn } from './plural.ts';

const counted = countedIn('en');
const numbers = new Intl.NumberFormat('en');

/** The texts of the operator's page in English. They are not in the first load. */
export const enOperator = {
  page: {
    people: 'People',
    find: 'Find by nickname, address or key',
    noneFound: (part: string) => `No nickname, address or key here has “${part}” in it.`,
    table: 'Table of people',
    peopleCount: (count: number, online: number) =>
      `${counted(count, '1 person', (n) => `${n} people`)}, ${numbers.format(online)} online`,
    morePeople: (count: number) =>
      `And ${numbers.format(count)} more. Type part of a nickname, an address or a key to find them.`,
    neverSeen: 'Away, unknown since when',
    columns: {
      nickname: 'Nickname',
      key: 'Key',
      address: 'Address',
      seen: 'Last seen',
      mailbox: 'Waiting mail',
      traffic: 'Packets in, out',
      actions: 'Actions',
    },
    mailbox: (messages: number, size: string) => `${numbers.format(messages)} · ${size}`,
    packets: (received: string, sent: string) => `${received}, ${sent}`,
    rooms: 'Rooms',
    roomsHint:
      'The largest rooms come first. In a room that you end, no one can post, and members keep what they have.',
    findRoom: 'Find a room',
    noRooms: 'No room was found.',
    moreRooms: (count: number) => `And ${numbers.format(count)} more. Type part of a name to find them.`,
    members: (count: number) => counted(count, '1 member', (n) => `${n} members`),
    entries: (count: number) => counted(count, '1 entry', (n) => `${n} entries`),
    access: { open: 'Open', closed: 'By invitation', everyone: 'For everyone' },
    ended: { archived: 'Archived', closed: 'Ended' },
    close: 'End',
    closeLabel: (name: string) => `End #${name}`,
    closeMeans: (name: string) =>
      `#${name} takes no more messages, and cannot be opened again. Its members keep what they have.`,
    closeNow: (name: string) => `End #${name} now`,
    roomClosed: (name: string) => `#${name} has ended.`,
    owner: 'New owner',
    ownerLabel: (name: string) => `Name the owner of #${name}`,
    newOwner: (name: string) => `Nickname of the member who becomes the only owner of #${name}`,
    nameOwner: 'Name as owner',
    ownerNamed: (nickname: string, name: string) => `${nickname} is the only owner of #${name} now.`,
    mailboxes: 'Mailboxes',
    mailboxesHint:
      'What waits is sealed: this computer sees its recipient, its size and its time, never what it says.',
    mailSum: (messages: number, mailboxes: number, size: string) =>
      messages === 0 && mailboxes === 0
        ? 'No mail waits.'
        : `${counted(messages, '1 message', (n) => `${n} messages`)} in ${counted(mailboxes, '1 mailbox', (n) => `${n} mailboxes`)}, ${size} with receipts`,
    largest: 'The largest mailboxes',
    traffic: 'Traffic of the last 5 minutes',
    trafficHint: (connections: number) =>
      counted(connections, '1 connection is live.', (n) => `${n} connections are live.`),
    datagrams: 'Datagrams a second',
    bytes: 'Bytes a second',
    refusals: 'Refusals a second',
    received: 'received',
    sent: 'sent',
    rates: (received: string, sent: string) => `${received} received, ${sent} sent`,
    refusalSum: (refused: number, dropped: number) =>
      `${numbers.format(refused)} refused, ${numbers.format(dropped)} dropped in 5 minutes`,
    refusedAndDropped: 'refused and dropped',
    otherRefusals: 'others and dropped',
    droppedDatagrams: 'Datagrams thrown away for this cause',
    times: (count: number) => `${numbers.format(count)} ×`,
    plotLabel: (label: string, figures: string) => `${label}: ${figures}`,
    invitation: 'How others join',
    log: 'Log',
    logHint: 'The newest lines of this gateway, the newest first. They hold no nicknames and no messages.',
  },

  manage: {
    noNames: 'No one has registered a nickname yet.',
    waiting: (count: number) => counted(count, '1 message waiting', (n) => `${n} messages waiting`),
    namesHint:
      'A nickname stays with its owner, even while they are away. Release one that its owner no longer needs: anyone can take it then. Ban a person to keep them out of this chat.',
    release: 'Release',
    releaseLabel: (nickname: string) => `Release ${nickname}`,
    releaseMeans: (nickname: string) =>
      `${nickname} goes offline, and anyone can take the nickname. The next owner appears to everyone as a different person, and does not get the messages that are waiting for ${nickname} now.`,
    releaseNow: (nickname: string) => `Release ${nickname} now`,
    released: (nickname: string) => `The nickname ${nickname} is free now.`,
    cancel: 'Cancel',
    ban: 'Ban',
    banLabel: (nickname: string) => `Ban ${nickname}`,
    banMeans: (nickname: string) =>
      `${nickname} goes offline and cannot come back with the same key. The nickname stays taken.`,
    newKey: (needsJoinCode: boolean): string =>
      needsJoinCode
        ? 'With a new key, this person needs the join code, and may still know it. For another code, turn the join code off and on again.'
        : 'With a new key, this person can come in again. To prevent that, ban the address too, or require a join code.',
    banNow: (nickname: string) => `Ban ${nickname} now`,
    banned: (name: string) => `${name} is banned.`,
    addressNotBanned: (text: string) =>
      `A person has that nickname. To ban the address, enter address:${text}.`,
    bannedAddress: (address: string) => `The address ${address} is banned.`,
    address: 'Address',
    bans: 'Bans',
    bansHint:
      'Banned people cannot join this chat. A banned IPv6 address stands for its whole network, so it may keep out others there.',
    banSubject: 'Nickname, key or address',
    banLasts: 'How long',
    banFor: (days: number | null) =>
      days === null ? 'Until you lift the ban' : counted(days, 'For 1 day', (n) => `For ${n} days`),
    bannedUntil: (date: string) => `Until ${date}`,
    lift: 'Lift',
    liftLabel: (name: string) => `Lift the ban of ${name}`,
    lifted: (name: string) => `${name} can join again.`,
    joinCode: 'Join code',
    joinCodeRequired: 'Let new people in only with a join code',
    joinCodeHint:
      'The address to copy then contains the code. People who have joined before need none. Turn it off and on again for another code.',
    quotas: 'Limits for waiting messages and rooms',
    quotasHint:
      'Messages for people who are away wait on this computer. A message that goes over a limit stays with its sender, who is told why. A room over its limit loses its oldest messages.',
    quota: {
      mailboxMessagesMax: 'Messages for one person',
      mailboxBytesMax: 'Storage for one person',
      senderMessagesMax: 'Messages from one sender',
      senderBytesMax: 'Storage for one sender',
      ageMsMax: 'Longest wait',
      roomsMax: 'Rooms',
      roomBytesMax: 'Storage for one room',
      roomMembersMax: 'Members of one room',
      roomsBytesMax: 'Storage for all rooms',
    },
    unit: {
      mailboxMessagesMax: 'messages',
      mailboxBytesMax: 'MiB',
      senderMessagesMax: 'messages',
      senderBytesMax: 'MiB',
      ageMsMax: 'days',
      roomsMax: 'rooms',
      roomBytesMax: 'MiB',
      roomMembersMax: 'members',
      roomsBytesMax: 'MiB',
    },
    wrong: (most: string) => `Enter a whole number from 1 to ${most}.`,
    save: 'Save',
    saved: 'Saved.',
  },
};
