import type { ErrorCode } from '../../../shared/errors.ts';
import type { ExportForm } from '../../../shared/export-forms.ts';
import type { WaitingReason } from '../../../shared/message.ts';
import type { NotifyLevel } from '../../../shared/message.ts';
import type { Role } from '../../../shared/rooms/content.ts';
import type { FindingKind } from '../../../shared/rooms/verify-log.ts';
import type { WritingState } from '../model/rooms.ts';
import type { ToastWords } from '../model/toasts.ts';
import { countedIn } from './plural.ts';

const counted = countedIn('en');
const numbers = new Intl.NumberFormat('en');

const toastWords: ToastWords = {
  refused: ({ code, room }) => (room === null ? en.errors[code] : `${room}: ${en.errors[code]}`),
  'change-failed': ({ code, name }) =>
    `You changed a message, and ${name ?? 'the other person'} did not get the change. ${en.errors[code]}`,
  'files-refused': () => 'Chatagram cannot send files yet. Nothing was sent.',
  'waiting-messages': ({ count }) =>
    counted(
      count,
      'You have messages: the server kept 1 for you while you were away.',
      (n) => `You have messages: the server kept ${n} for you while you were away.`,
    ),
  'guest-waits': ({ name, others }) =>
    `${name}${others === 0 ? '' : ` and ${others} more`} would like to join by browser.`,
  'other-version': ({ from, others }) =>
    `A different version of Chatagram is running at ${from}${others === 0 ? '' : counted(others, ' and 1 other address', (n) => ` and ${n} other addresses`)}. You cannot reach each other until both computers have the same version.`,
};

/** All texts of the app in English. Another language is another object of the type `Texts` (texts.ts). */
export const en = {
  appName: 'Chatagram',
  tagline: 'Chat on your own network. No internet, no account.',

  firstScreen: {
    nickname: 'Nickname',
    nicknameHint: 'Others see this name. Up to 32 characters, no spaces.',
    start: 'Start a chat here',
    startHint: 'This computer becomes the meeting point, and others join it.',
    byAddress: 'Join by address',
    server: 'Server address',
    serverPlaceholder: '192.168.1.7:50000#k7q2-…',
    serverHint:
      'Ask the person who started the chat: their screen shows it. The part after # makes sure that no other computer takes its place.',
    joinCode: 'Join code',
    joinCodePlaceholder: '9f3a-t6nz-k7q2-m4xd',
    joinCodeHint: 'Only some chats need one. The person who started the chat sees it.',
    join: 'Join',
    starting: 'Starting …',
    joining: (server: string) => `Connecting to ${server} …`,
    cancel: 'Cancel',
    comeBack: 'Welcome back',
    hostedHere: 'on this computer',
    profileLabel: (nickname: string, place: string) => `Continue as ${nickname}, ${place}`,
    useSuggestion: (nickname: string) => `Use ${nickname}`,
    serverChangedHeading: (server: string) =>
      `The server at ${server} has a different key than before. This can mean:`,
    serverChangedReasons: [
      'Chatagram was reinstalled on that computer.',
      'You are on another network, where a different server has the same address.',
      'Someone is impersonating your server. Ask the person who runs it.',
    ],
    joinAnyway: 'Join anyway',
    tried: (addresses: string) => `The addresses of that computer are tried: ${addresses}`,
    silentHeading: (server: string) => `${server} does not answer. Please check:`,
    silentChecks: [
      'Is the address the one on the other screen, and is Chatagram still running there?',
      'Are both computers on the same network? Guest Wi-Fi often keeps them apart.',
      'Does a firewall on the other computer block UDP on that port?',
    ],
  },

  connecting: {
    heading: 'Connecting to Chatagram on this computer …',
    down: 'Chatagram is not running on this computer, or it has a new address. Start it again with npm start. This page reconnects by itself.',
  },
  otherApp: {
    heading: 'This page is out of date',
    explain:
      'Chatagram was updated while this tab was open. Reload the page. If that does not help, close all Chatagram tabs and open the link again.',
    reload: 'Reload',
  },

  contacts: {
    conversations: 'Conversations',
    online: 'Online',
    away: 'Away',
    unknown: 'People',
    alone: 'No one else is here yet.',
    unnamed: 'New person',
    unread: (count: number) => `${count} unread`,
    hiddenUnread: (count: number) =>
      counted(
        count,
        '1 unread message elsewhere. Show all',
        (n) => `${n} unread messages elsewhere. Show all`,
      ),
    you: 'You: ',
    draft: 'Draft: ',
    list: 'Rooms and people in this chat',
  },
  presence: {
    online: 'Online',
    away: 'Away',
    unknown: 'Presence unknown',
    lastSeen: (when: string) => `Away, last seen ${when}`,
    justNow: 'just now',
    minutesAgo: (minutes: number) => counted(minutes, '1 minute ago', (n) => `${n} minutes ago`),
    todayAt: (clock: string) => `today at ${clock}`,
    yesterdayAt: (clock: string) => `yesterday at ${clock}`,
    on: (date: string) => `on ${date}`,
  },

  userMenu: {
    label: (nickname: string) => `Menu for ${nickname}`,
    online: 'Online',
    connecting: 'Looking for the server',
    offline: 'Offline',
    refused: 'Not in this chat',
    noGateway: 'Not connected',
    goOffline: 'Go offline',
    goOnline: 'Go online',
    settings: 'Settings',
    leave: 'Leave this chat',
  },

  details: {
    heading: 'Details',
    close: 'Close the details',
    about: (name: string) => `About ${name}`,
    key: 'Key',
  },

  switcher: {
    heading: 'Go to a conversation',
    placeholder: 'Name of a person or a room',
    close: 'Close',
    found: (count: number) => counted(count, '1 conversation', (n) => `${n} conversations`),
    none: (typed: string) => `No person and no room has “${typed}” in the name.`,
    more: (count: number) =>
      counted(count, '1 more. Type more of the name.', (n) => `${n} more. Type more of the name.`),
  },

  /** The rest of this page is in en-operator.ts, which is loaded with it. */
  operator: {
    heading: "Operator's page",
    back: 'Back to the conversations',
  },

  invite: {
    heading: 'Others join at',
    byBrowser: 'Let others join by browser',
    headingHere: 'On this computer, others join at',
    alone: 'You are the first one here',
    aloneJoined: 'No one else is here yet',
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'Select and copy it',
    copyLabel: (address: string) => `Copy ${address}`,
    steps: [
      'They connect to the same network as this computer.',
      'They run npm start on their own computer.',
      'They type this address and choose Join.',
    ],
    stepsHere: [
      'Open another terminal on this computer and run npm start there.',
      'Type this address and choose Join.',
    ],
    moved: (port: number) =>
      `Another program uses port ${port}, so this chat has another address now. Send it to the others: they look for you at the earlier one.`,
    keepOpen: 'The chat runs on this computer. Keep the terminal window open.',
    several: 'If the first address does not answer, try the next one.',
    networks: {
      vpn: 'VPN: only for people on the same VPN',
      docker: 'Docker: only for containers on this computer',
      virtual: 'Virtual network: only for virtual machines on this computer',
    },
  },

  /** The texts of the panel are in en-search.ts, which is loaded with it. */
  search: {
    open: 'Search messages (Ctrl+Shift+F)',
  },

  conversation: {
    back: 'Back to people',
    choose: 'Choose a room or a person',
    chooseHint:
      'What you write in a room goes to all its members. What you write to a person goes straight to their computer, and waits on the server while they are away.',
    empty: (nickname: string) => `Say hello to ${nickname}`,
    emptyHint: 'What you write goes straight to their computer.',
    emptyHintAway: 'They are away. Your message will wait on the server until they are back.',
    unknown: (nickname: string) => `No one here is called “${nickname}”`,
    unknownHint: 'They may not have joined this chat yet.',
    blank: 'Blank message',
    copyText: 'Copy text',
    unfold: 'Show all of it',
    unfoldLines: (lines: string) => `Show all ${lines} lines`,
    newerKind: 'Sent from a newer Chatagram. Update yours to see all of it.',
    log: (nickname: string) => `Messages with ${nickname}`,
    loadOlder: 'Load older messages',
    jump: 'Jump to latest',
    jumpCount: (count: number) => counted(count, '1 new message', (n) => `${n} new messages`),
    from: (nickname: string) => `${nickname}:`,
    fromYou: 'You:',
    newLine: 'New',
    jumpUnread: (count: number) => counted(count, '1 unread message', (n) => `${n} unread messages`),
    goToDate: 'Go to a date',
    today: 'Today',
    yesterday: 'Yesterday',
  },

  message: {
    menu: 'Message actions',
    react: 'React',
    reactWith: (emoji: string) => `React with ${emoji}`,
    moreReactions: 'More reactions',
    reply: 'Reply',
    edit: 'Edit',
    delete: 'Delete',
    pin: 'Pin',
    unpin: 'Unpin',
    hide: 'Hide for everyone',
    unhide: 'Show again',
    readers: 'Delivery',
    acknowledged: 'Readers',
    closePoll: 'Close the poll',
    pinned: 'Pinned',
    edited: 'Edited',
    deleted: 'This message was deleted.',
    erased: 'The text of this message is no longer kept.',
    hidden: 'A moderator has hidden this message.',
    hiddenMark: 'Hidden for everyone else',
    look: 'Look at it',
    inReplyTo: 'In reply to',
    jumpToQuoted: 'Go to this message',
    quoteMissing: 'An earlier message',
    reactions: 'Reactions',
    reaction: (emoji: string, count: number, names: string) => `${emoji} ${count}: ${names}`,
    notCopied: 'Your browser does not allow that. Select the text and copy it.',
  },

  announcement: {
    label: 'Announcement',
    writing: 'Announcement',
    writingHint: 'Everyone is asked to say that they have read it.',
    acknowledge: 'I have read this',
    acknowledged: 'You have read this',
    figures: (has: number, of: number) =>
      of === 0 ? 'No readers yet' : `${has} of ${of} ${has === 1 ? 'has' : 'have'} read this`,
  },

  notify: {
    heading: 'What counts as new',
    label: (name: string, level: string) => `What counts as new in ${name}: ${level}`,
    levels: {
      all: 'All messages',
      mentions: 'Only mentions of me',
      none: 'Nothing (muted)',
    } satisfies Record<NotifyLevel, string>,
    mutedMark: 'muted',
  },

  save: {
    heading: 'Save this conversation',
    forms: {
      page: 'As a page to print',
      markdown: 'As Markdown',
      json: 'As JSON',
    } satisfies Record<ExportForm, string>,
  },

  rooms: {
    heading: 'Rooms',
    past: 'Past rooms',
    newRoom: 'New room',
    browse: 'Browse rooms',
    close: 'Close',
    sentLater: 'There is no connection to the server now. This is sent when it is back.',
    you: 'You',
    youInside: 'you',
    by: (nickname: string) => `${nickname}: `,
    names: (names: readonly string[]) => new Intl.ListFormat('en', { type: 'conjunction' }).format(names),
    members: (count: number) => counted(count, '1 member', (n) => `${n} members`),
    membersOf: (name: string) => `Members of ${name}`,
    mentions: (count: number) => counted(count, '1 mention of you', (n) => `${n} mentions of you`),
    settings: 'About this room',
    settingsOf: (name: string) => `About ${name}`,
    pins: 'Pinned messages',
    pinsLabel: (count: number) => counted(count, '1 pinned message', (n) => `${n} pinned messages`),
    pinFurtherUp: 'An earlier message',
    empty: (name: string) => `This is ${name}`,
    emptyHint: 'No one has written here yet. What you write goes to all members.',
    emptyInvited: 'Join to see what its members write.',
    emptyPast: 'No message of this room has reached you.',
    noServer: 'The server cannot be reached. Your message waits until it is back.',
    slow: (seconds: number) => `This room is slow: one message in ${seconds} seconds.`,
    /** Why the user cannot write. */
    writing: {
      'other-server': 'This room is on a server that had another key, so nothing can be sent here.',
      closed: 'This room has ended: it can be read, and nothing new is written.',
      banned: 'You are banned from this room.',
      removed: 'You were removed from this room.',
      left: 'You have left this room.',
      invited: 'To write here, accept the invitation above.',
      archived: 'This room is archived: it can be read, and nothing new is written.',
      silenced: 'A moderator has silenced you: you can read, but not write.',
      reader: 'You are a reader in this room: you can read, but not write.',
      moderated: 'Only moderators write in this room now. You can read and react.',
    } satisfies Record<Exclude<WritingState['kind'], 'open' | 'slow'>, string>,
    /** What the list of rooms says instead of the newest message. */
    marks: {
      open: null,
      slow: null,
      moderated: null,
      reader: null,
      silenced: null,
      invited: 'You are invited',
      archived: 'Archived',
      closed: 'Ended',
      left: 'You have left',
      removed: 'You were removed',
      banned: 'You are banned',
      'other-server': 'From an earlier server',
    } satisfies Record<WritingState['kind'], string | null>,
    out: {
      left: (name: string) => `You have left ${name}.`,
      removed: (name: string) => `You were removed from ${name}.`,
      banned: (name: string) => `You are banned from ${name}.`,
      closed: (name: string) => `${name} has ended.`,
      'other-server': (name: string) => `The server of ${name} had another key.`,
    },
    keptHere: 'What you have received stays here, and nothing new arrives.',
    invited: (name: string) => `You are invited to ${name}.`,
    join: 'Join',
    joinAgain: 'Join again',
    cut: 'Earlier messages are not kept here.',
    unknown: (name: string) => `You are in no room called “${name}”`,
    unknownHint:
      'It may have another name now, or you are not a member. The list shows the rooms that you can join.',
    roles: {
      owner: 'Owner',
      moderator: 'Moderator',
      member: 'Member',
      reader: 'Reader',
    } satisfies Record<Role, string>,
    keptAll: 'All messages are kept',
    keptDays: (count: number) => counted(count, '1 day', (n) => `${n} days`),
    keptCount: (count: number) => counted(count, '1 message', (n) => `${n} messages`),
    keptMebibytes: (count: number) => `${numbers.format(count)} MiB`,

    findingsHeading: 'Something is wrong with this room.',
    findings: {
      'wrong-head': 'The server did not sign what it sent.',
      fork: 'The server has shown different versions of this room.',
      restored:
        'The server was restored from a backup and had lost a part of this room. Its members give it back.',
      'log-gap': 'The server left out a part of this room.',
      'broken-chain': 'The server changed entries or their order.',
      'wrong-checkpoint': 'The server sent a summary of this room that does not fit.',
      forged: 'An entry was not written by the person that it names.',
      altered: 'The text of a message was changed on the server.',
      repeated: 'An entry was sent a second time.',
      'sequence-gap': 'Messages of a person are missing.',
      'against-the-rules': 'The server let in something that the rules of the room do not allow.',
    } satisfies Record<FindingKind, string>,
    findingsAdvice:
      'Do not rely on what you read here. Ask the people in this room, face to face, and the person who runs the server.',
    putAway: 'Put away',
    findingAbout: (names: string) => ` It is about ${names}.`,
  },

  roomNotices: {
    unknown: 'Someone',
    joined: (names: string) => `${names} joined`,
    left: (names: string) => `${names} left`,
    cameAndWent: (names: string) => `${names} joined and left`,
    created: (by: string) => `${by} made this room`,
    createdByServer: 'Everyone in this chat is in this room',
    toMember: {
      invite: (by: string, member: string) => `${by} invited ${member}`,
      remove: (by: string, member: string) => `${by} removed ${member}`,
      ban: (by: string, member: string) => `${by} banned ${member}`,
      unban: (by: string, member: string) => `${by} lifted the ban of ${member}`,
      silence: (by: string, member: string) => `${by} silenced ${member}`,
      unsilence: (by: string, member: string) => `${by} let ${member} write again`,
      'hand-over': (by: string, member: string) => `${by} handed this room over to ${member}`,
    },
    role: (by: string, member: string, role: string) =>
      `${by} changed the role of ${member} to ${role.toLowerCase()}`,
    did: {
      hide: (by: string) => `${by} hid a message`,
      unhide: (by: string) => `${by} showed a hidden message again`,
      pin: (by: string) => `${by} pinned a message`,
      unpin: (by: string) => `${by} unpinned a message`,
      archive: (by: string) => `${by} archived this room`,
    },
    topic: (by: string, topic: string) => `${by} changed the topic to “${topic}”`,
    noTopic: (by: string) => `${by} removed the topic`,
    named: (by: string, name: string) => `${by} named this room #${name}`,
    modes: { normal: 'all members write', moderated: 'only moderators write' },
    slow: (seconds: number) => `each member writes one message in ${seconds} seconds`,
    mode: (by: string, mode: string) => `${by} decided: ${mode}`,
    history: {
      all: (by: string) => `${by} decided: new members see all messages`,
      none: (by: string) => `${by} decided: new members see no earlier messages`,
    },
    retention: (by: string, kept: string) => `${by} changed how long messages are kept: ${kept}`,
    namedOwner: (member: string) => `The person who runs the server made ${member} the owner`,
    namedOwnerByYou: (member: string) => `You made ${member} the owner`,
    ownerAsOperator: 'You are the owner, because you run the server',
    closed: 'The person who runs the server ended this room',
    closedByYou: 'You ended this room',
  },

  check: {
    open: 'Check the connection',
    why: 'Why?',
  },
  connection: {
    heading: 'Connection',
    open: (nickname: string) => `Connection with ${nickname}`,
    close: 'Close',
  },

  composer: {
    label: (nickname: string) => `Message to ${nickname}`,
    placeholder: (nickname: string) => `Message ${nickname}`,
    shortPlaceholder: 'Message',
    send: 'Send',
    away: (nickname: string) => `${nickname} is away. Your message will wait on the server.`,
    awayNoServer: (nickname: string) =>
      `${nickname} is away, and the server cannot be reached. Your message will wait until it is back.`,
    blocked: (nickname: string) => `To write to ${nickname} again, unblock them above.`,
    keyUndecided: 'To send again, decide above whether to trust this key.',
    keyRefused: 'You did not accept this key, so nothing is sent to it.',
    more: 'Poll or announcement',
    cancel: 'Cancel',
    editing: 'Editing your message',
    editedElsewhere: 'It was edited elsewhere. Saving replaces that.',
    saveEdit: 'Save the change',
    replyingTo: (nickname: string) => `Replying to ${nickname}`,
    replyingToYourself: 'Replying to yourself',
    suggestions: 'People to mention',
    emojiSuggestions: 'Emojis',
    insertEmoji: 'Insert an emoji',
    wholeRoom: 'everyone in this room',
    bytesLeft: (bytes: string) => `${bytes} bytes left`,
    tooLong: (bytes: string) => `${bytes} bytes too long. A message can have up to 16 KiB. Send it in parts.`,
  },

  typing: {
    /** The names of the people that type, at least one. */
    line: (names: readonly string[]) => {
      if (names.length > 2) return 'Several people are typing';
      return names.length === 2 ? `${names.join(' and ')} are typing` : `${names.join()} is typing`;
    },
    mark: 'typing',
  },

  delivery: {
    inTab: 'Saved in this tab until Chatagram is back',
    handingOver: 'Sending',
    saved: 'Sending',
    waitingForServer: 'Waiting for the server',
    sending: (attempt: number) => (attempt === 1 ? 'Sending' : `Sending (try ${attempt})`),
    sendingToServer: (attempt: number) =>
      attempt === 1 ? 'Sending to the server' : `Sending to the server (try ${attempt})`,
    waitingSeconds: (reason: string, seconds: number) => `${reason} (next try in ${seconds}\u00A0s)`,
    waitingFor: {
      'no-connection': 'Waiting for a connection',
      'mailbox-full': 'Their mailbox is full',
      'sender-quota-full': 'You have too many undelivered messages on the server',
      'server-disk-full': 'The server’s disk is full',
      'unknown-recipient': 'The server does not know this person right now',
      'key-changed': 'Waiting until you decide about the new key',
      blocked: 'Waiting until you unblock them',
      'wrong-key': 'They could not open it',
      'refused-for-now': 'It cannot be taken right now',
    } satisfies Record<Exclude<WaitingReason, 'not-accepted'>, string>,
    waitsForAnswer: (nickname: string) => `Waits until ${nickname} answers`,
    stored: (nickname: string) => `On the server until ${nickname} is back`,
    delivered: 'Delivered',
    inRoom: (delivered: number, read: number, of: number) =>
      delivered === 0
        ? 'In the room'
        : `Delivered to ${delivered} of ${of}${read === 0 ? '' : `, read by ${read}`}`,
    deliveredByServer: 'Delivered by the server',
    deliveredLater: 'Delivered later',
    read: 'Read',
    failed: (reason: string) => `Failed: ${reason}`,
    retry: 'Retry',
    discard: 'Discard',
    discardWarning: 'It may have arrived anyway.',
  },

  banner: {
    gateway: (since: string) => `Chatagram on this computer has been unreachable since ${since}.`,
    gatewayHint: 'You can keep writing. This tab saves your messages and sends them when Chatagram is back.',
    server: (server: string, since: string) => `The server at ${server} has been unreachable since ${since}.`,
    serverHint:
      'You can keep writing. Messages to people who can still be reached go straight to them. All others wait here.',
    nextTry: (seconds: number) => `Next try in ${seconds}\u00A0s.`,
    trying: 'Trying now …',
    tryNow: 'Try now',
    offline: 'You’re offline. Bye.',
    offlineHint: 'Others see you as away. Messages for you wait on the server.',
    goOnline: 'Go online',
    refusedTaken: (nickname: string) => `Nickname is already taken: someone else is using ${nickname} now.`,
    refusedLookAlike: (nickname: string) =>
      `Someone else is using a nickname that looks like ${nickname} now.`,
    refusedDisplaced: (nickname: string) => `${nickname} is online in another Chatagram now.`,
    refused: (reason: string) => `The server does not let you in. ${reason}`,
    suggestion: (nickname: string) => `The nickname ${nickname} is free. Leave, then join with it.`,
    leave: 'Leave this chat',
    again: 'Try again',
    serverChanged: (server: string) => `The server at ${server} has a different key than before.`,
    serverChangedHint:
      'It may have been reinstalled, you may be on another network, or someone may be impersonating it. Ask the person who runs it before you continue.',
    acceptServer: 'Accept the new key',
    serverMismatch: (server: string) =>
      `The server at ${server} does not have the key that your join address names.`,
    serverMismatchHint:
      'Compare the address with the screen of the person who started the chat, then leave and join with the right one. If it is the same, someone may be impersonating them.',
  },

  keys: {
    changed: (nickname: string) => `${nickname} has a new key`,
    changedHint: (nickname: string) =>
      `${nickname} may have reinstalled Chatagram, or someone may be impersonating ${nickname}. Nothing is sent until you decide. Compare the number with ${nickname} first, by phone or face to face.`,
    refused: (nickname: string) => `You kept the key that you know for ${nickname}`,
    refusedHint: 'The server names a different key. Your messages wait until the key you know is back.',
    notPinned: (nickname: string) => `This may not be ${nickname}`,
    notPinnedHint: (nickname: string) =>
      `A different key uses the name ${nickname}. Its messages are kept here, apart from those of the ${nickname} you know. Nothing is sent until you decide.`,
    notPinnedRefused: (nickname: string) => `You said that this is not ${nickname}`,
    notPinnedRefusedHint: 'Messages from this key stay here, in a separate conversation.',
    accept: (nickname: string) => `This is ${nickname}`,
    refuse: 'Keep the key I know',
    compare: 'Number to compare',
    compareHint: (nickname: string) =>
      `${nickname} sees this number under Connection. If theirs differs, someone may be intercepting your messages.`,
    safety: 'Safety number',
    safetyHint: (nickname: string) =>
      `Compare it with ${nickname}, by phone or face to face. If theirs differs, someone may be intercepting your messages.`,
    verified: 'I compared it: the numbers match',
    verifiedHint: 'Marks this key as theirs. A different key would not have the mark.',
    verifiedMark: (nickname: string) => `You have compared the safety number with ${nickname}`,
    hadBlocked: 'You blocked the key you know. This one is not blocked.',
    hadCompared: 'You compared the safety number of the key you know. This is a different key.',
    mark: 'Different key',
    markChanged: 'Key changed',
  },

  /** Null: the user is the host. */
  guestOf: (host: string | null) => (host === null ? 'your guest' : `guest of ${host}`),

  lookAlike: {
    mark: (other: string) => `Looks like ${other}`,
    markWithKey: (other: string, key: string) => `Looks like ${other}, key ${key}`,
    heading: (nickname: string, other: string) => `The name ${nickname} looks like ${other}`,
    means: (key: string) =>
      `They are different people, so do not go by the name. The key of this person begins with ${key}. Compare the safety number before you write anything private.`,
    author: (nickname: string, other: string) => `${nickname} (looks like ${other})`,
  },

  moreWaiting: {
    heading: (nickname: string) => `${nickname} has more messages for you`,
    means: (nickname: string) =>
      `You never wrote to ${nickname}, so only their first messages are here. The others wait until you answer or allow them.`,
    allow: (nickname: string) => `Allow ${nickname}`,
  },

  block: {
    block: (nickname: string) => `Block ${nickname}`,
    hint: (nickname: string) =>
      `Nothing goes to ${nickname}, and their messages are not shown. To them it looks as if you never came back, but they still see when you are online.`,
    blocked: (nickname: string) => `You have blocked ${nickname}`,
    means: (nickname: string) =>
      `Nothing goes to them, and their messages are not shown. ${nickname} still sees when you are online.`,
    gone: 'If you unblock them, what they sent in the meantime stays gone.',
    unblock: (nickname: string) => `Unblock ${nickname}`,
    mark: 'Blocked',
  },

  toasts: {
    heading: 'Messages of the app',
    words: toastWords,
    dismiss: 'Dismiss',
    look: 'Look',
  },

  fault: {
    notShown: 'This could not be shown. The rest still works.',
    again: 'Try again',
  },

  lab: (spec: string) => `Lab: ${spec}`,
  labExplain: 'This computer disturbs its own network traffic on purpose, to show how the chat copes.',

  errors: {
    'nickname-empty': 'Enter a nickname first.',
    'nickname-too-long': 'That is too long. Use at most 32 characters.',
    'nickname-not-allowed':
      'Use letters, digits, punctuation or emoji. Spaces, a # at the start, and characters that cannot be seen are not allowed.',
    'nickname-taken': 'Nickname is already taken.',
    'nickname-look-alike':
      'This looks like a nickname that is already taken. Choose one that others can tell apart.',
    displaced: 'You are online in another Chatagram with the same key.',
    'name-released': 'The person who runs the server has released your nickname.',
    banned:
      'The person who runs the server has banned you. Your messages stay here. Ask that person to let you in again.',
    'join-code-required': 'This chat needs a join code. Ask the person who started it.',
    'join-code-wrong':
      'The join code is wrong. Compare it with the screen of the person who started the chat.',
    'too-many-tries':
      'There were too many wrong join codes from this computer or network. Wait a minute, then try again.',
    'join-code-invalid': 'A join code has 16 letters and digits, like 9f3a-t6nz-k7q2-m4xd.',
    'not-for-guests': 'A guest cannot do this.',
    'guests-off': 'No guests can come now.',
    'unknown-guest': 'This guest is gone already.',
    'guest-places-taken': 'No place for guests is free. Raise the limit, or remove one.',
    'guest-port-taken':
      'Another program uses the port for guests. Close it, or start Chatagram with another one: --guests-at.',
    'guest-address-missing': 'This computer does not have the address for guests. Join its network first.',
    'not-hosting': 'This computer no longer hosts the chat.',
    'unknown-name': 'No one here has that nickname.',
    'ban-address-invalid': 'Enter an IP address like 192.168.1.7 or fd00::7.',
    'ban-not-allowed': 'You cannot ban yourself or this computer.',
    'not-banned': 'This ban has ended already.',
    'too-many-bans': 'There are 1,000 bans already. Lift one first.',
    'unknown-browser': 'This browser is signed out already.',
    'address-invalid': 'Enter the address like 192.168.1.7 or 192.168.1.7:50000.',
    'address-ipv4-form':
      'An IPv4 address has four numbers from 0 to 255, like 192.168.1.7. None of them begins with an extra 0.',
    'address-unspecified':
      'This address stands for all addresses of a computer. Enter the one from the other screen.',
    'address-broadcast':
      'This address stands for all computers of a network. Enter the one from the other screen.',
    'address-multicast': 'This address stands for a group of computers. Enter the one from the other screen.',
    'address-reserved': 'No computer can have this address. Enter the one from the other screen.',
    'address-zone-missing':
      'An address that begins with fe80 needs the name of your network interface, like fe80::1%eth0. Add it, or enter another address.',
    'address-zone-unknown':
      'This computer has no network interface with the name after %. Correct it, or enter another address.',
    'host-name-unknown':
      'No computer with this name was found. Check the spelling, or enter the address from the other screen.',
    'host-name-slow':
      'The network did not find this name within 2 seconds. Try again, or enter the address from the other screen.',
    'own-address':
      'This is your own address, and no chat runs there. Enter the one from the other screen, or start a chat here.',
    'address-echo':
      'This address sends back what it gets, so no chat runs there. Enter the one from the other screen.',
    'server-key-invalid':
      'The part after # is not complete, or a character is wrong. Copy the whole address from the screen of the person who started the chat.',
    'port-invalid': 'Enter a port from 1 to 65535.',
    'port-missing': 'Add the port after a colon, like 127.0.0.1:5050.',
    'port-refused-by-browsers': 'Browsers open no page at this port. Choose another one.',
    'port-unavailable': 'No port is free. Close other programs that use ports from 50000 up.',
    'server-silent': 'The server does not answer.',
    'version-mismatch':
      'The server runs a different version of Chatagram. Install the same version on both computers.',
    'signing-key-invalid':
      'The keys on the two computers do not belong together. Install the same version of Chatagram on both.',
    'guest-statement-invalid': 'The server does not take you as a guest of this computer.',
    'guest-host-unknown': 'Your host is not in the chat. Try again when your host is online.',
    'guests-full': 'Your host has 100 guests already. Wait until one of them leaves.',
    'server-full': 'The server has no room for another nickname. Ask the person who runs it to release one.',
    'data-folder-in-use':
      'This nickname is already running in another Chatagram on this computer. Use that one, or choose another nickname.',
    'unknown-chat': 'This computer no longer knows this chat.',
    'still-hosting': 'This computer hosts the open chat, which would end for everyone.',
    'wipe-nickname-wrong': 'This is not your nickname, so nothing was wiped.',
    'wipe-blocked':
      'Another Chatagram uses the same data folder, so nothing was wiped. End it with Ctrl-C in its window, then try again.',
    'wipe-unfinished':
      'Not everything could be removed. Chatagram has ended. Start it again: it goes on with the wipe then.',
    'already-joined': 'You have already joined a chat. Leave it first.',
    'not-joined': 'Join a chat first.',
    'unknown-recipient': 'This chat does not know that person.',
    'key-changed': 'The server names a different key for this person. Decide above whether to trust it.',
    blocked: 'You have blocked this person. Unblock them to write again.',
    'cannot-block': 'You cannot block yourself or the server.',
    'key-not-offered': 'There is no pending key change for this person.',
    'server-key-changed': 'The server at this address has a different key than before.',
    'server-key-mismatch':
      'The computer at this address does not have the key after #. Compare the address with the screen of the person who started the chat. If it is the same, someone may be impersonating them.',
    'message-empty': 'Write a message first.',
    'message-too-long': 'The message is longer than 16 KiB. Send it in parts.',
    'message-id-used': 'Another message already has its id. Send it again.',
    'unknown-message': 'This message no longer exists.',
    'message-deleted': 'This message was deleted.',
    'not-the-author': 'You can only edit and delete your own messages.',
    'cannot-change': 'This message cannot be changed like that.',
    'too-many-mentions': 'A message can mention 32 people. Name fewer.',
    'file-name-empty': 'Give the file another name.',
    'file-name-too-long': 'Give the file another name.',
    'file-name-not-allowed': 'Give the file another name.',
    'poll-invalid': 'A poll needs 2 to 20 choices, each with 1 to 128 characters.',
    'poll-closed': 'The poll is closed.',
    'not-an-emoji': 'A reaction is one emoji.',
    'too-many-reactions': 'You can react to a message with 8 emoji. Take one back first.',
    'mailbox-full': 'Their mailbox on the server is full.',
    'sender-quota-full': 'You have too many undelivered messages on the server.',
    'server-disk-full': 'The server’s disk is full.',
    'wrong-key': 'It could not be opened with the recipient’s key.',
    'message-expired': 'It waited on the server for too long.',
    'storage-damaged': 'The saved data of this chat is damaged. The terminal says what to do.',
    'storage-failed':
      'Chatagram cannot write to the disk of this computer. Make room on it, then try again. If that does not help, start Chatagram again.',
    'host-storage-failed': 'Your host’s computer cannot write to its disk. Tell your host, then try again.',
    'no-such-room': 'No such room. Check the name, or ask a member for an invitation.',
    'room-name-not-allowed':
      'This name is not allowed. Use 1 to 32 letters, digits or emoji, without spaces and without # at the start.',
    'room-name-taken': 'Another room has this name. Choose another one.',
    'room-name-look-alike':
      'This name looks like that of another room. Choose one that others can tell apart.',
    'room-quota-full': 'The server has no more space for this room. Ask its owner to keep fewer messages.',
    'too-many-rooms': 'The server has no place for another room. Ask its operator to end one.',
    'too-many-rooms-of-key':
      'You have created as many rooms as one person may. Wait an hour if you are new here, or use one of yours.',
    'too-often': 'That was too much in a short time. Wait a moment, then try again.',
    'other-server':
      'This room is on a server that had another key. You can read it, but nothing can be sent.',
    'wrong-room': 'The server has another room at this place. Nothing was changed.',
    'wrong-position': 'The server has put this at a wrong place in the room. Nothing was changed.',
    'wrong-sequence': 'The server expected another number. The same is sent again with the right one.',
    'wrong-author': 'The server did not take this from you. Nothing was changed.',
    'wrong-signature': 'The server could not check the signature of this. Nothing was changed.',
    'wrong-content-hash': 'What the server got is not what was signed. Nothing was changed.',
    'wrong-parent':
      'The server has another log of this room. The same is sent again after the two logs agree.',
    'wrong-chain': 'The server did not take older entries of this room back. You keep what you have.',
    'content-missing': 'The server did not get all of it. Nothing was changed.',
    'not-created': 'This room does not exist yet. Create it first.',
    'already-created': 'This room exists already.',
    'room-closed': 'The operator of the server has ended this room. You can still read what you have.',
    archived: 'This room is archived. You can read it, but not post in it.',
    'not-in-everyone': 'This does not work in #everyone, because everyone in the chat is always in it.',
    'banned-from-room': 'There is a ban in this room. A moderator can lift it.',
    'not-a-member': 'You are not a member of this room. Join it first.',
    'already-a-member': 'This is a member of the room already.',
    'not-invited': 'This room is by invitation. Ask one of its moderators for one.',
    'not-allowed': 'Your role in this room does not allow this. Ask an owner or a moderator.',
    silenced: 'You are silenced in this room: you can read, but not write. Ask a moderator.',
    moderated: 'Only moderators post in this room at the moment.',
    slow: 'This room is slow: you have posted a short while ago. Wait, then try again.',
    'not-yourself': 'You cannot do this to yourself.',
    'no-such-member': 'This person is no member of the room.',
    'guest-role': 'A guest cannot own a room or be its moderator.',
    outranked: 'This works only for members that rank below you. Ask an owner of the room.',
    'last-owner': 'You are the last owner of this room. Hand it over to another member first.',
    'room-full': 'This room has 1,000 members, and no place for another.',
    'too-many-invitations': 'This room has 1,000 open invitations. Take one back first.',
    'too-many-silenced': 'This room has 1,000 silenced people. Let one of them write again first.',
    'too-many-pins': 'This room has 50 pinned messages. Unpin one first.',
    'unknown-kind': 'The recipient’s Chatagram does not know this kind of message.',
    malformed: 'The recipient’s Chatagram could not read it.',
    'not-registered': 'The server does not know you yet. Try again.',
    refused: 'The other side refused it.',
    internal: 'Something went wrong in Chatagram. The terminal says more.',
  } satisfies Record<ErrorCode, string>,
};
