// The words of the prompt and of a server's window, with their help. Plain JavaScript without packages, for Node 18 and
// newer: `npm start -- --help` reads it before anything is installed.

/**
 * Arguments as the user writes them. Parsing, completion, help and error sentences all read this text. What is in angle brackets has to
 * be there, and what is in square brackets may be. `a|b` is one of these words. `#room` begins with `#`, and a nickname never does.
 * @typedef {''
 *   | '<nick>'
 *   | '<nick|#room>'
 *   | '<nick|key>'
 *   | '<nick> on|off'
 *   | '<nick|#room> <message>'
 *   | '<nick|#room> <file>'
 *   | '[words]'
 *   | '[nick|address]'
 *   | '<nick|#room> "<question>" "<choice>" ...'
 *   | '<nick|#room> all|mentions|none'
 *   | '#room'
 *   | '#room <nick>'
 *   | '#room <nick> owner|moderator|member|reader'
 *   | '#room [open|by-invitation]'
 *   | '#room normal|moderated|slow [seconds]'
 *   | '#room all|none'
 *   | '#room <text>'
 *   | '#room <name>'
 *   | '#room <limit>'
 *   | '<n>'
 *   | '<n> <message>'
 *   | '<n> <emoji>'
 *   | '<n> <choice>'
 *   | 'on|off'
 *   | '[on|off]'
 *   | '[on|off|new]'
 *   | '[part]'
 *   | '[nick]'
 *   | '[spec]'
 *   | '<browser>'
 *   | '<nick|key|address>'
 *   | '<nick|key|address> [days]'} Usage
 */

/**
 * The help text of a word: its arguments, and a line of at most 54 characters.
 * @typedef {{ readonly usage: Usage, readonly help: string }} CommandRow
 */

/**
 * Rows by the first word of the line, in the order of the help.
 * @typedef {Readonly<Record<string, CommandRow>>} CommandRows
 */

/** @satisfies {CommandRows} */
export const talkRows = /** @type {const} */ ({
  clients: { usage: '', help: 'list the contacts in the chat' },
  send: { usage: '<nick|#room> <message>', help: 'send a message; the server keeps it for who is away' },
  announce: { usage: '<nick|#room> <message>', help: 'send a text that each reader confirms with ack' },
  poll: { usage: '<nick|#room> "<question>" "<choice>" ...', help: 'ask a question with choices' },
  notify: { usage: '<nick|#room> all|mentions|none', help: 'choose which messages are printed here' },
  earlier: { usage: '<nick|#room>', help: 'print older messages, 20 at a time' },
  retry: { usage: '<nick|#room>', help: 'send failed messages again' },
  discard: { usage: '<nick|#room>', help: 'drop failed messages; they may have arrived' },
  search: { usage: '[words]', help: 'find messages; alone: the next results' },
  export: { usage: '<nick|#room> <file>', help: 'save a conversation: name.md, name.json or name.html' },
  numbers: { usage: 'on|off', help: 'print a number with each message, for the next list' },
});

/** Commands about one message, by the number that `numbers on` prints. */
/** @satisfies {CommandRows} */
export const messageRows = /** @type {const} */ ({
  reply: { usage: '<n> <message>', help: 'answer this message' },
  react: { usage: '<n> <emoji>', help: 'react with an emoji; again takes it back' },
  edit: { usage: '<n> <message>', help: 'give your own message other words' },
  delete: { usage: '<n>', help: 'delete your own message for all' },
  vote: { usage: '<n> <choice>', help: 'vote by the number of the choice; 0 takes it back' },
  'close-poll': { usage: '<n>', help: 'end your own poll' },
  ack: { usage: '<n>', help: 'confirm that you have read an announcement' },
  readers: { usage: '<n>', help: 'list who has your message, and who has read it' },
  hide: { usage: '<n>', help: 'hide a message for all in the room' },
  unhide: { usage: '<n>', help: 'show it again' },
  pin: { usage: '<n>', help: 'pin a message of the room' },
  unpin: { usage: '<n>', help: 'take the pin away' },
});

/** Commands to find rooms, and to come into them. */
/** @satisfies {CommandRows} */
export const roomListRows = /** @type {const} */ ({
  rooms: { usage: '', help: 'list your rooms, and those that you can join' },
  create: { usage: '#room [open|by-invitation]', help: 'make a room for all, or for invited people' },
  join: { usage: '#room', help: 'join a room' },
});

/** Commands about one room of the user. */
/** @satisfies {CommandRows} */
export const roomRows = /** @type {const} */ ({
  leave: { usage: '#room', help: 'leave a room; you keep what you have' },
  members: { usage: '#room', help: 'list the members, their roles, and who can read' },
  topic: { usage: '#room <text>', help: 'tell what the room is about' },
  name: { usage: '#room <name>', help: 'give the room another name' },
  mode: { usage: '#room normal|moderated|slow [seconds]', help: 'choose who posts, and how often' },
  history: { usage: '#room all|none', help: 'choose what new members see of the past' },
  keep: { usage: '#room <limit>', help: 'keep 30d, 1000 messages, 50MiB or all on the server' },
  archive: { usage: '#room', help: 'stop all posts; the room stays readable' },
});

/** Commands about one person in a room. */
/** @satisfies {CommandRows} */
export const memberRows = /** @type {const} */ ({
  invite: { usage: '#room <nick>', help: 'invite <nick> into the room' },
  remove: { usage: '#room <nick>', help: 'remove <nick>, or take an invitation back' },
  ban: { usage: '#room <nick>', help: 'remove <nick>, and keep them out of the room' },
  unban: { usage: '#room <nick>', help: 'let <nick> into the room again' },
  silence: { usage: '#room <nick>', help: 'let <nick> read, but not post' },
  unsilence: { usage: '#room <nick>', help: 'let <nick> post again' },
  role: { usage: '#room <nick> owner|moderator|member|reader', help: 'give <nick> another role' },
  owner: { usage: '#room <nick>', help: 'hand the room over to <nick>' },
});

/** Commands about one contact: its keys, failed messages to it, and the connection with it. */
/** @satisfies {CommandRows} */
export const contactRows = /** @type {const} */ ({
  safety: { usage: '<nick>', help: 'show the safety number that you and <nick> compare' },
  verify: { usage: '<nick>', help: 'confirm that you compared the number, and it matches' },
  unverify: { usage: '<nick>', help: 'remove that confirmation' },
  block: { usage: '<nick|key>', help: 'send nothing to <nick>, and take nothing of theirs' },
  unblock: { usage: '<nick|key>', help: 'undo that; messages from that time stay gone' },
  allow: { usage: '<nick|key>', help: 'take all messages of <nick> before you answer' },
  accept: { usage: '<nick>', help: 'accept the new key of <nick>' },
  refuse: { usage: '<nick>', help: 'keep the old key; your messages wait until it is back' },
  classic: { usage: '<nick> on|off', help: 'stop-and-wait with <nick>, like the original program' },
});

/**
 * The settings of a user, by their names in shared/settings.ts. `receipts on` and `receipts off` choose, and `receipts`
 * alone asks. `on` and `off` are the answers.
 */
export const settingRows = {
  readReceipts: {
    word: 'receipts',
    help: 'tell others when you have read their messages',
    on: 'Others are told when you have read their messages.',
    off: 'Others are not told when you have read their messages.',
  },
  typing: {
    word: 'typing',
    help: 'let others see that you type, and see that they do',
    on: 'Others see when you type in the app, and you see when they do.',
    off: 'Others do not see when you type, and you do not see when they do.',
  },
  lastSeen: {
    word: 'last-seen',
    help: 'show others when you were last online',
    on: 'Others see when you were last online.',
    off: 'Others do not see when you were last online. The operator of the server does.',
  },
  notifications: {
    word: 'notifications',
    help: 'let the desktop or the browser notify you of messages',
    on: 'You are notified of messages that no window of the app shows.',
    off: 'You are not notified of messages.',
  },
  notificationText: {
    word: 'notification-text',
    help: 'show the text of messages in notifications',
    on: 'Notifications show the text of the message. Programs of your desktop can read it.',
    off: 'Notifications show the name of the sender, and not the text.',
  },
  notificationSound: {
    word: 'notification-sound',
    help: 'play a sound with notifications',
    on: 'Notifications have a sound.',
    off: 'Notifications are silent.',
  },
  loadPictures: {
    word: 'load-pictures',
    help: 'load small pictures of people that you have answered',
    on: 'Pictures up to 1 MiB of people that you have answered load without a question.',
    off: 'Each picture waits until you accept it.',
  },
  loadVerified: {
    word: 'load-files',
    help: 'load files of people with a compared key',
    on: 'Files up to 100 MiB of people with a compared key load without a question.',
    off: 'Each file waits until you accept it.',
  },
};

/** The browsers that may open the app. */
/** @satisfies {CommandRows} */
export const browserRows = /** @type {const} */ ({
  link: { usage: '', help: 'print a new link and code for one more browser' },
  browsers: { usage: '', help: 'list the browsers that may open the app' },
  'sign-out': { usage: '<browser>', help: 'end the access of a browser in that list, or of all' },
});

/** People who join by browser: guests of the user, and at a server without a user those of its computer. */
/** @satisfies {CommandRows} */
export const guestRows = /** @type {const} */ ({
  guests: { usage: '[on|off|new]', help: 'let others join by browser; alone: link and list' },
  admit: { usage: '<n>', help: 'let in the visitor with this number' },
  remove: { usage: '<n>', help: 'send a guest or visitor away, who may ask again' },
  bar: { usage: '<n>', help: 'send a guest or visitor away for good' },
  'guest-limit': { usage: '<n>', help: 'choose how many guests can come' },
  'guest-asks': { usage: 'on|off', help: 'let in each new guest yourself, or all with the link' },
});

/** @satisfies {CommandRows} */
export const sessionRows = /** @type {const} */ ({
  blocked: { usage: '', help: 'list the people that you have blocked' },
  'accept-server': { usage: '', help: 'accept the new key of the server' },
  check: { usage: '[nick|address]', help: 'what is tried to reach them, and what usually helps' },
  chats: { usage: '', help: 'list the chats of this computer, and what waits there' },
  switch: { usage: '<n>', help: 'leave this chat and open another one of that list' },
  nearby: { usage: '', help: 'list the chats that answer on this network' },
  stats: { usage: '', help: 'round trips, losses and drops of each connection' },
  'data-folder': { usage: '', help: 'show where your chats are, and how to back them up' },
  wipe: { usage: '[nick]', help: 'remove all chats of this computer; alone: explains' },
  dereg: { usage: '', help: 'go offline; the prompt stays' },
  reg: { usage: '', help: 'come back online' },
  quit: { usage: '', help: 'leave' },
  help: { usage: '', help: 'print this list' },
});

/** Commands of an operator: in the window of a server, and at the prompt of a user who hosts the chat. */
/** @satisfies {CommandRows} */
export const serverRows = /** @type {const} */ ({
  names: { usage: '[part]', help: 'list people: last seen, address, waiting messages' },
  release: { usage: '<nick>', help: 'free a nickname, so that anyone can take it' },
  ban: { usage: '<nick|key|address> [days]', help: 'keep a person or an address out of the chat' },
  unban: { usage: '<nick|key|address>', help: 'let them in again' },
  bans: { usage: '', help: 'list the bans, and when they end' },
  'join-code': { usage: '[on|off]', help: 'show the join code, or require one of new users' },
  quota: { usage: '[spec]', help: 'show or set limits: mailbox=10000,days=30,rooms=1000' },
  mailboxes: { usage: '', help: 'show how much mail waits, and the fullest mailboxes' },
  traffic: { usage: '', help: 'show what the server sent, received and refused' },
  log: { usage: '', help: 'print the last 20 lines of the log, without names' },
  'end-room': { usage: '#room', help: 'end a room for good; its members keep what they have' },
});

/** In the window of a server only. At a prompt, these words are commands of every user, and do this for a host too. */
/** @satisfies {CommandRows} */
export const windowRows = /** @type {const} */ ({
  rooms: { usage: '', help: 'list the rooms, the largest first' },
  owner: { usage: '#room <nick>', help: 'make <nick> the only owner of a room' },
  link: { usage: '', help: "print a new link to the operator's page" },
  help: { usage: '', help: 'print this list' },
});

/** With the two spaces of `--help` before it and 54 characters after it, a line fits into 80 columns. */
const helpColumn = 24;

/**
 * Returns the help of the prompt, in groups with a heading each. `interactive` is true for a user at a keyboard.
 * @param {{ readonly interactive: boolean, readonly hosting: boolean }} options
 * @returns {string[]}
 */
export function promptHelp({ interactive, hosting }) {
  const settings = Object.values(settingRows).map(({ word, help }) => [word, { usage: '[on|off]', help }]);
  return [
    'Talk to a person or a room:',
    ...helpLines(talkRows),
    'Answer or change a message by its number:',
    ...helpLines(messageRows),
    'Rooms:',
    ...helpLines(roomListRows),
    ...helpLines(roomRows),
    'People in a room:',
    ...helpLines(memberRows),
    'Safety, and who may write to you:',
    ...helpLines(contactRows),
    'Settings; the word alone says how it is:',
    ...helpLines(Object.fromEntries(settings)),
    'Browsers:',
    ...helpLines(browserRows),
    ...(interactive ? [`${'Enter alone'.padEnd(helpColumn)}the same as link`] : []),
    'Guests, who join this chat by browser:',
    ...helpLines(guestRows),
    'This chat and this computer:',
    ...helpLines(sessionRows),
    ...(hosting ? ['As the host of this chat:', ...helpLines(serverRows)] : []),
  ];
}

/**
 * Returns the help for each command: how to write it, and what it does. What is written long has a line of its own.
 * @param {CommandRows} rows
 * @returns {string[]}
 */
export function helpLines(rows) {
  return Object.entries(rows).flatMap(([word, { usage, help }]) => {
    const written = writtenAs(word, usage);
    if (written.length < helpColumn) return written.padEnd(helpColumn) + help;
    return [written, ' '.repeat(helpColumn) + help];
  });
}

/**
 * `send <nick> <message>`: how the user writes the command.
 * @param {string} word
 * @param {string} usage
 */
export function writtenAs(word, usage) {
  return usage === '' ? word : `${word} ${usage}`;
}
