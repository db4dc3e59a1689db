/**
 * The one table of errors that people and programs see (DESIGN section 9): a stable code, a sentence that
 * says what to do next, and whether trying again can help. Texts of the app stand in its own catalogue;
 * these sentences are for the terminal, the log and scripts.
 */
export const errors = {
  'nickname-empty': { sentence: 'Type a nickname of 1 to 32 characters.', retry: false },
  'nickname-too-long': {
    sentence: 'A nickname has at most 32 characters; choose a shorter one.',
    retry: false,
  },
  'nickname-not-allowed': {
    sentence:
      'A nickname has no spaces, does not begin with #, and is made of letters, digits, signs or emoji.',
    retry: false,
  },
  'nickname-taken': { sentence: 'Nickname is already taken.', retry: false },
  displaced: {
    sentence: 'You are online in another Chatagram with the same key; register here to take over.',
    retry: false,
  },
  'name-released': {
    sentence: 'The operator of the server has released your nickname; register to ask for it again.',
    retry: false,
  },
  'not-hosting': { sentence: 'No server runs in this gateway.', retry: false },
  'unknown-name': { sentence: 'Nobody has that nickname here.', retry: false },
  'address-invalid': {
    sentence: 'Write the address of the server as 192.168.1.7:50000; the port may be left out.',
    retry: false,
  },
  'port-invalid': { sentence: 'A port is a whole number from 1 to 65535.', retry: false },
  'port-unavailable': {
    sentence:
      'The port is in use or restricted; choose another one, best from the dynamic range 49152 to 65535.',
    retry: false,
  },
  'server-silent': {
    sentence:
      'The server does not answer. Check the address, that both are on the same network, and the firewall.',
    retry: true,
  },
  'version-mismatch': {
    sentence: 'The other side runs another version of Chatagram; install the same version on both.',
    retry: false,
  },
  'signing-key-invalid': {
    sentence:
      'The keys that were sent do not belong together. Install the same version of Chatagram on both sides, then try again.',
    retry: false,
  },
  'server-full': { sentence: 'The server has no room for another name.', retry: true },
  'data-folder-in-use': { sentence: 'This person is already running on this machine.', retry: false },
  'already-joined': { sentence: 'This gateway has already joined a chat; leave it first.', retry: false },
  'not-joined': { sentence: 'Join a chat first.', retry: false },
  'unknown-recipient': { sentence: 'No Record of that Client', retry: false },
  'key-changed': {
    sentence:
      'The server names another key for this person: compare safety numbers, then accept or refuse it.',
    retry: false,
  },
  'key-not-offered': { sentence: 'No such key is to be decided on.', retry: false },
  'server-key-changed': {
    sentence:
      'Another server answers at this address. It may have been set up anew, or be somebody else: ask, then accept its key.',
    retry: false,
  },
  'message-empty': { sentence: 'There is nothing to send.', retry: false },
  'message-too-long': { sentence: 'A message has at most 16 KiB; send it in parts.', retry: false },
  'message-id-used': { sentence: 'This message id belongs to another message.', retry: false },
  'unknown-message': { sentence: 'There is no such message.', retry: false },
  'mailbox-full': {
    sentence: 'The mailbox on the server is full; the message is kept and tried again.',
    retry: true,
  },
  'sender-quota-full': {
    sentence:
      'The server keeps as many messages of yours as it may; the message is kept here and tried again.',
    retry: true,
  },
  'server-disk-full': {
    sentence: 'The disk of the server is full; the message is kept here and tried again.',
    retry: true,
  },
  'message-expired': {
    sentence: 'It waited on the server for too long and was removed there; retry, or discard it.',
    retry: false,
  },
  'storage-damaged': {
    sentence: 'The database cannot be read. Restore a backup, or move it away to begin anew.',
    retry: false,
  },
  'storage-failed': { sentence: 'The disk refuses to write; make room and send again.', retry: true },
  'wrong-key': {
    sentence: 'It could not be opened with the key of that person; it is kept here and tried again.',
    retry: true,
  },
  'unknown-kind': { sentence: 'The other side does not know this kind of message.', retry: false },
  malformed: { sentence: 'The other side could not read this.', retry: false },
  'not-registered': { sentence: 'Register with the server first.', retry: true },
  refused: { sentence: 'The other side refused this.', retry: false },
  internal: { sentence: 'A fault in the program; the log says more.', retry: true },
} as const satisfies Record<string, { sentence: string; retry: boolean }>;

export type ErrorCode = keyof typeof errors;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errors, text);
}
