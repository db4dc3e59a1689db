import type { ErrorCode } from '../../../shared/errors.ts';
import type { WaitingReason } from '../../../shared/message.ts';
import type { DropCause } from '../../../shared/trace.ts';

const dropCauses = {
  'too-short': 'Too short',
  'too-long': 'Too long',
  'not-ours': 'Of another program',
  'other-version': 'Of another version',
  checksum: 'Damaged on the way',
  malformed: 'Malformed',
  'unknown-type': 'Of an unknown type',
  'unknown-connection': 'Of a connection that is gone',
  'not-for-me': 'Not for this computer',
  duplicate: 'Second copies of first packets',
  'no-token': 'First packets without a token',
  forged: 'Forged or damaged',
  replayed: 'Second copies',
  limit: 'Past a limit',
  'receive-error': 'Errors of the system, receiving',
  'send-error': 'Errors of the system, sending',
  unsent: 'Not sent: the system’s queue was full',
} satisfies Record<DropCause | 'receive-error' | 'send-error' | 'unsent', string>;

/** Every word of the app in English. Another language is another object of the type `Texts` (texts.ts). */
export const en = {
  appName: 'Chatagram',
  tagline: 'Chat on your own network. No internet, no account.',

  firstScreen: {
    heading: 'Who are you here?',
    nickname: 'Nickname',
    nicknameHint: 'Others see this name. Up to 32 characters, no spaces.',
    start: 'Start a chat here',
    startHint: 'This computer becomes the meeting point; others join it.',
    or: 'or join one on your network',
    server: 'Server address',
    serverPlaceholder: '192.168.1.7:50000',
    serverHint: 'Shown on the screen of whoever started the chat. The port may be left out.',
    join: 'Join',
    starting: 'Starting …',
    joining: (server: string) => `Asking ${server} …`,
    cancel: 'Cancel',
    comeBack: 'Come back as',
    hostedHere: 'on this computer',
    profileLabel: (nickname: string, place: string) => `Come back as ${nickname}, ${place}`,
    useSuggestion: (nickname: string) => `Use ${nickname}`,
    serverChangedHeading: (server: string) =>
      `Another server answers at ${server} than the one you know. That is so when:`,
    serverChangedReasons: [
      'the chat was set up anew on that computer;',
      'this is another network, with a server at the same address;',
      'or somebody pretends to be your server. Ask whoever runs it.',
    ],
    joinAllTheSame: 'Join it all the same',
    silentHeading: (server: string) => `${server} does not answer. Check that:`,
    silentChecks: [
      'the address is the one on the other screen, and Chatagram still runs there;',
      'both computers are on the same network (guest Wi-Fi often keeps them apart);',
      'no firewall on the other computer blocks UDP on that port.',
    ],
    packet: {
      caption: 'Your words, as they travel',
      magic: 'version',
      connection: 'connection',
      number: 'number',
      seal: 'seal',
      words: 'your words',
      example: 'See you at the pier at six?',
    },
  },

  access: {
    heading: 'This link was used already',
    explain: 'For your safety, each link opens Chatagram once, in one browser.',
    how: 'Press Enter in the terminal where Chatagram runs, and open the new link.',
    again: 'Try again',
  },
  connecting: {
    heading: 'Reaching Chatagram on this computer …',
    down: 'Chatagram does not run on this computer any more, or not at this address. Start it again with npm start; this page comes back by itself.',
  },
  otherApp: {
    heading: 'This page is older than the program',
    explain:
      'Chatagram was updated while this tab was open. Reload the page; if that does not help, close all its tabs and open the link again.',
    reload: 'Reload',
  },

  people: {
    heading: 'People',
    conversations: 'Conversations',
    online: 'Online',
    away: 'Away',
    filter: 'Find people',
    nobodyFound: (filter: string) => `Nobody here is called “${filter}”.`,
    alone: 'Nobody else is here yet.',
    unnamed: 'Somebody new',
    unread: (count: number) => `${count} unread`,
    you: 'You: ',
    list: 'People in this chat',
  },
  presence: { online: 'Online', away: 'Away' },

  self: {
    menu: (nickname: string) => `Menu of ${nickname}`,
    online: 'Online',
    connecting: 'Looking for the server',
    offline: 'Offline',
    refused: 'Not in this chat',
    noGateway: 'No gateway',
    goOffline: 'Go offline',
    goOnline: 'Go online',
    invite: 'How others join',
    leave: 'Leave this chat',
  },

  invite: {
    heading: 'Others join at',
    headingHere: 'On this computer, others join at',
    alone: 'You are the first one here',
    aloneJoined: 'Nobody else is here yet',
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'Select and copy it',
    copyLabel: (address: string) => `Copy ${address}`,
    steps: [
      'They connect to the same network as this computer.',
      'They run npm start on their own computer.',
      'They choose Join and type this address.',
    ],
    stepsHere: [
      'Open another terminal on this computer and run npm start there.',
      'Choose Join and type this address.',
    ],
    keepOpen: 'The chat lives on this computer: keep the terminal window open.',
    several: 'If the first one does not answer, try the next.',
    close: 'Close',
  },

  conversation: {
    back: 'Back to people',
    choose: 'Choose somebody to talk to',
    chooseHint:
      'Messages go straight from this computer to theirs. For people who are away, they wait on the server.',
    empty: (nickname: string) => `Say hello to ${nickname}`,
    emptyHint: 'What you write goes straight to their computer.',
    emptyHintAway: 'They are away: your message waits on the server until they are back.',
    unknown: (nickname: string) => `Nobody here is called “${nickname}”`,
    unknownHint: 'They may not have joined this chat yet.',
    log: (nickname: string) => `Messages with ${nickname}`,
    loadOlder: 'Load older messages',
    jump: 'Jump to latest',
    jumpCount: (count: number) => (count === 1 ? '1 new message' : `${count} new messages`),
    from: (nickname: string) => `${nickname}:`,
    fromYou: 'You:',
    today: 'Today',
    yesterday: 'Yesterday',
  },

  connection: {
    heading: 'Connection',
    open: (nickname: string) => `Connection with ${nickname}`,
    close: 'Close',
    asking: 'Asking the gateway …',
    way: {
      direct: (nickname: string) => `Straight to ${nickname}’s computer`,
      idle: (nickname: string) => `No connection to ${nickname} right now`,
      server: (nickname: string) => `${nickname} is away`,
      nobody: (nickname: string) => `No connection to ${nickname}`,
    },
    wayHint: {
      direct: 'Nothing in between: not even the server sees these messages.',
      idle: 'The next message opens one.',
      server: 'Messages wait on the server, which can read them.',
      nobody: 'You are offline.',
    },
    address: 'Address',
    roundTrip: 'Round trip',
    notMeasured: 'not measured yet',
    milliseconds: (ms: number) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`,
    encryption: 'Encryption',
    encrypted: (keyChanges: number) =>
      keyChanges === 0 ? 'end to end' : `end to end, key changed ${keyChanges}×`,
    packets: 'Packets of this connection',
    count: { sent: 'sent', received: 'received', lost: 'lost', again: 'resent' },
    classic: 'Stop-and-wait (as in the original)',
    classicHint: 'One packet at a time: the next one leaves when the other side has answered.',
    classicByThem: (nickname: string) => `In use, because ${nickname} wants it.`,
    changing: 'Meeting again by this rule …',
    gateway: (count: string) => `Thrown away by this gateway: ${count}`,
    noDrops: 'Everything that came was good.',
    total: (sent: string, received: string) =>
      `With everybody: ${sent} datagrams sent, ${received} received since the start.`,
    cause: (cause: string) =>
      Object.hasOwn(dropCauses, cause) ? dropCauses[cause as keyof typeof dropCauses] : cause,
  },

  composer: {
    label: (nickname: string) => `Message to ${nickname}`,
    placeholder: (nickname: string) => `Message ${nickname}`,
    send: 'Send',
    away: (nickname: string) => `${nickname} is away. Your message will wait on the server.`,
    awayNoServer: (nickname: string) =>
      `${nickname} is away, and the server is out of reach. Your message waits here.`,
    blocked: 'Decide above whose key this is; then you can send.',
    blockedRefused: 'Nothing is sent to this key.',
    bytesLeft: (bytes: string) => `${bytes} bytes left`,
    tooLong: (bytes: string) => `${bytes} bytes too long. A message has at most 16 KiB: send it in parts.`,
  },

  delivery: {
    inTab: 'Saved in this tab, until the gateway is back',
    handingOver: 'Sending',
    saved: 'Sending',
    sending: (attempt: number) => (attempt === 1 ? 'Sending' : `Sending (try ${attempt})`),
    sendingToServer: (attempt: number) =>
      attempt === 1 ? 'Sending to the server' : `Sending to the server (try ${attempt})`,
    waitingSeconds: (reason: string, seconds: number) => `${reason} (next try in ${seconds} s)`,
    waitingFor: {
      'no-connection': 'Waiting for a connection',
      'mailbox-full': 'Their mailbox is full',
      'sender-quota-full': 'The server keeps as many messages of yours as it may',
      'server-disk-full': 'The disk of the server is full',
      'key-changed': 'Kept here until you decide about the new key',
    } satisfies Record<WaitingReason, string>,
    stored: (nickname: string) => `On the server until ${nickname} is back`,
    delivered: 'Delivered',
    deliveredByServer: 'Delivered by the server',
    deliveredLater: 'Delivered later',
    failed: (reason: string) => `Failed: ${reason}`,
    retry: 'Retry',
    discard: 'Discard',
    discardWarning: 'It may have arrived all the same.',
  },

  banner: {
    gateway: (since: string) => `Chatagram on this computer is out of reach since ${since}.`,
    gatewayHint: 'Go on writing: this tab keeps your messages and sends them when it is back.',
    server: (server: string, since: string) => `The server at ${server} is out of reach since ${since}.`,
    serverHint: 'Go on writing: messages go straight to people who can be reached, the others wait here.',
    nextTry: (seconds: number) => `Next try in ${seconds} s.`,
    trying: 'Trying now …',
    tryNow: 'Try now',
    offline: 'You’re offline. Bye.',
    offlineHint: 'Others see you as away; messages for you wait on the server.',
    goOnline: 'Go online',
    refusedTaken: (nickname: string) => `Nickname is already taken: somebody else is ${nickname} here now.`,
    refusedDisplaced: (nickname: string) => `${nickname} is in use by another gateway now.`,
    refused: (reason: string) => `The server does not let you in. ${reason}`,
    suggestion: (nickname: string) => `${nickname} is free: leave, and join under that name.`,
    leave: 'Leave this chat',
    again: 'Try again',
    serverChanged: (server: string) => `Another server answers at ${server} than the one you know.`,
    serverChangedHint:
      'It may have been set up anew, this may be another network, or somebody pretends to be it. Ask whoever runs it before you go on.',
    acceptServer: 'Go on with it',
  },

  keys: {
    changed: (nickname: string) => `${nickname} has another key now`,
    changedHint: (nickname: string) =>
      `That is so when ${nickname} has installed Chatagram anew, or when somebody pretends to be ${nickname}. Nothing is sent until you decide. Ask ${nickname} to compare the number with you, by phone or face to face.`,
    refused: (nickname: string) => `You keep the key of ${nickname} that you know`,
    refusedHint: 'The server names another one. What you write waits until the one you know is back.',
    notPinned: (nickname: string) => `This may not be ${nickname}`,
    notPinnedHint: (nickname: string) =>
      `It is another key under the name ${nickname}. What it says stands here, apart from what you know of ${nickname}. Nothing is sent until you decide.`,
    notPinnedRefused: (nickname: string) => `You said that this is not ${nickname}`,
    notPinnedRefusedHint: 'What it says stands here, apart.',
    accept: (nickname: string) => `It is ${nickname}`,
    refuse: 'Keep the key I know',
    compare: 'Number to compare',
    compareHint: (nickname: string) =>
      `It has to be the same on the screen of ${nickname}, under Connection. If it differs, somebody stands between you.`,
    safety: 'Safety number',
    safetyHint: (nickname: string) =>
      `The same on the screen of ${nickname}, or somebody stands between you. Compare it by phone or face to face.`,
    mark: 'Another key',
    markChanged: 'Key changed',
  },

  notices: {
    waiting: (count: number) =>
      count === 1
        ? 'You have messages: the server kept 1 for you while you were away.'
        : `You have messages: the server kept ${count} for you while you were away.`,
    otherVersion: (from: string) =>
      `A Chatagram of another version is at ${from}. You cannot reach each other until both have the same version.`,
    dismiss: 'Dismiss',
  },

  lab: (spec: string) => `Lab: ${spec}`,
  labExplain: 'This gateway damages its own datagrams on purpose, to show how the chat copes.',

  errors: {
    'nickname-empty': 'Type a nickname first.',
    'nickname-too-long': 'That is too long: at most 32 characters.',
    'nickname-not-allowed': 'Use letters, digits, signs or emoji; no spaces, and no # at the beginning.',
    'nickname-taken': 'Nickname is already taken.',
    displaced: 'You are online in another Chatagram with the same key.',
    'name-released': 'Whoever runs the server has released your nickname.',
    'address-invalid': 'Write the address like 192.168.1.7 or 192.168.1.7:50000.',
    'port-invalid': 'A port is a whole number from 1 to 65535.',
    'port-unavailable': 'No port is free for this; close other programs that use ports from 50000 on.',
    'server-silent': 'The server does not answer.',
    'version-mismatch':
      'The server runs another version of Chatagram. Install the same version on both computers.',
    'server-full': 'The server has no room for another name.',
    'data-folder-in-use':
      'This person already runs in another Chatagram on this computer. Use that one, or another nickname.',
    'already-joined': 'This gateway has already joined a chat.',
    'not-joined': 'Join a chat first.',
    'unknown-recipient': 'Nobody of that name is known here.',
    'key-changed': 'The server names another key for this person. Decide above whose it is.',
    'key-not-offered': 'There is no such key to decide on any more.',
    'server-key-changed': 'Another server answers at this address.',
    'message-empty': 'There is nothing to send.',
    'message-too-long': 'A message has at most 16 KiB.',
    'message-id-used': 'Its id belongs to another message.',
    'unknown-message': 'It is not there any more.',
    'mailbox-full': 'The mailbox on the server is full.',
    'sender-quota-full': 'The server keeps as many messages of yours as it may.',
    'server-disk-full': 'The disk of the server is full.',
    'message-expired': 'It waited on the server for too long.',
    'storage-damaged': 'Its database cannot be read; the terminal says what to do.',
    'storage-failed': 'The disk of this computer refuses to write. Make room, then try again.',
    'unknown-kind': 'The other side does not know this kind of message.',
    malformed: 'The other side could not read it.',
    'not-registered': 'The server does not know you yet; try again.',
    refused: 'The other side refused.',
    internal: 'A fault in Chatagram; the terminal says more.',
  } satisfies Record<ErrorCode, string>,
};
