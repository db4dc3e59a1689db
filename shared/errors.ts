const typeTheirs = 'Type the address from the screen of the person who started the chat.';

/**
 * Every error that users and programs see: a stable code, a sentence that says what happened and what to do next, and
 * whether trying again can help. The app has its own texts by code. These sentences are for the terminal, the log and
 * scripts.
 */
export const errors = {
  'nickname-empty': { sentence: 'The nickname is empty. Type 1 to 32 characters.', retry: false },
  'nickname-too-long': {
    sentence: 'The nickname is too long. Use at most 32 characters.',
    retry: false,
  },
  'nickname-not-allowed': {
    sentence:
      'This nickname is not allowed. Use letters, digits, symbols or emoji that others can see, without spaces and without # at the start.',
    retry: false,
  },
  'nickname-taken': { sentence: 'Nickname is already taken.', retry: false },
  'nickname-look-alike': {
    sentence: 'This nickname looks like one that is already taken. Choose one that others can tell apart.',
    retry: false,
  },
  displaced: {
    sentence: 'You are online in another Chatagram with the same key. Register here to take over.',
    retry: false,
  },
  'name-released': {
    sentence: 'The operator of the server released your nickname. Register to ask for it again.',
    retry: false,
  },
  banned: {
    sentence:
      'The operator of this server has banned you. Your messages stay here. Ask the operator to lift the ban, then register again.',
    retry: false,
  },
  'join-code-required': {
    sentence: 'This chat needs a join code. Ask the person who started it, then enter the code.',
    retry: false,
  },
  'join-code-wrong': {
    sentence: 'The join code is wrong. Compare it with the screen of the person who started the chat.',
    retry: false,
  },
  'too-many-tries': {
    sentence: 'There were too many wrong join codes from this address. Wait a minute, then try again.',
    retry: false,
  },
  'join-code-invalid': {
    sentence:
      'A join code has 16 letters and digits, like 9f3a-t6nz-k7q2-m4xd. Copy it from the screen of the person who started the chat.',
    retry: false,
  },
  'not-for-guests': {
    sentence: 'A guest cannot do this. Ask the person who let you in, or install Chatagram on this computer.',
    retry: false,
  },
  'guests-off': { sentence: 'No guests can come now. Let others join by browser first.', retry: false },
  'unknown-guest': {
    sentence: 'No guest and no visitor has this number now. Look at the list of guests again.',
    retry: false,
  },
  'guest-places-taken': {
    sentence:
      'There are as many guests as you take. Raise the limit, or remove a guest, then let this one in.',
    retry: false,
  },
  'guest-port-taken': {
    sentence:
      'Another program uses the port for guests. Close it, or choose another port with --guests-at. Guests then need the new link.',
    retry: true,
  },
  'guest-address-missing': {
    sentence:
      'This computer does not have the address for guests. Join its network, or choose another address with --guests-at.',
    retry: true,
  },
  'not-hosting': { sentence: 'No server runs in this gateway. Host a chat first.', retry: false },
  'unknown-name': { sentence: 'No user has this nickname. Check the spelling.', retry: false },
  'ban-address-invalid': {
    sentence: 'This is not an IP address. Write it like 192.168.1.7 or fd00::7.',
    retry: false,
  },
  'ban-not-allowed': {
    sentence: 'You cannot ban yourself or this computer. Choose another user or address.',
    retry: false,
  },
  'not-banned': { sentence: 'There is no such ban. List the bans to see them all.', retry: false },
  'too-many-bans': { sentence: 'There are 1,000 bans already. Lift one first.', retry: false },
  'unknown-browser': {
    sentence: 'There is no such browser. List the browsers to see them all.',
    retry: false,
  },
  'address-invalid': {
    sentence:
      'This is not a valid server address. Write it like 192.168.1.7:50000; you can leave out the port.',
    retry: false,
  },
  'address-ipv4-form': {
    sentence:
      'An IPv4 address has four numbers from 0 to 255, like 192.168.1.7. None of them begins with an extra 0.',
    retry: false,
  },
  'address-unspecified': {
    sentence: `This address stands for all addresses of a computer. ${typeTheirs}`,
    retry: false,
  },
  'address-broadcast': {
    sentence: `This address stands for all computers of a network. ${typeTheirs}`,
    retry: false,
  },
  'address-multicast': {
    sentence: `This address stands for a group of computers. ${typeTheirs}`,
    retry: false,
  },
  'address-reserved': { sentence: `No computer can have this address. ${typeTheirs}`, retry: false },
  'address-zone-missing': {
    sentence:
      'An address that begins with fe80 needs the name of your network interface, like fe80::1%eth0. Add it, or use another address of that computer.',
    retry: false,
  },
  'address-zone-unknown': {
    sentence:
      'This computer has no network interface with the name after %. Correct the name, or use another address of that computer.',
    retry: false,
  },
  'host-name-unknown': {
    sentence: 'No computer with this name was found. Check the spelling, or type its IP address.',
    retry: true,
  },
  'host-name-slow': {
    sentence: 'The network did not find this name within 2 seconds. Try again, or type the IP address.',
    retry: true,
  },
  'own-address': {
    sentence: `This is your own address, and no chat runs there. ${typeTheirs}`,
    retry: false,
  },
  'address-echo': {
    sentence: `This address sends back what it gets, so no chat runs there. ${typeTheirs}`,
    retry: false,
  },
  'server-key-invalid': {
    sentence:
      'The key after # in the server address is not complete or has a wrong character. Copy the whole address from the screen of the person who started the chat.',
    retry: false,
  },
  'port-invalid': { sentence: 'This is not a valid port. Use a whole number from 1 to 65535.', retry: false },
  'port-missing': {
    sentence: 'The port is missing. Write it after a colon, like 127.0.0.1:5050.',
    retry: false,
  },
  'port-refused-by-browsers': {
    sentence:
      'Browsers open no page at this port. Choose another one, preferably from the dynamic range 49152 to 65535.',
    retry: false,
  },
  'port-unavailable': {
    sentence:
      'The port is in use or restricted. Choose another one, preferably from the dynamic range 49152 to 65535.',
    retry: false,
  },
  'server-silent': {
    sentence:
      'The server does not answer. Check the address and the firewall, and that both computers are on the same network.',
    retry: true,
  },
  'version-mismatch': {
    sentence: 'The other side runs a different version of Chatagram. Install the same version on both.',
    retry: false,
  },
  'signing-key-invalid': {
    sentence:
      'The keys that the other side sent do not belong together. Install the same version of Chatagram on both sides, then try again.',
    retry: false,
  },
  'guest-statement-invalid': {
    sentence:
      'The server does not take this user as a guest of that computer. Leave the chat, then let the guest come in again.',
    retry: false,
  },
  'guest-host-unknown': {
    sentence: 'The host of this guest is not in the chat. Wait until the host is online, then try again.',
    retry: true,
  },
  'guests-full': {
    sentence: 'The host has 100 guests online, and can have no more. Wait until one of them leaves.',
    retry: true,
  },
  'server-full': {
    sentence: 'The server has no room for another nickname. Ask its operator to release one.',
    retry: true,
  },
  'data-folder-in-use': {
    sentence:
      'This nickname is already running in another Chatagram on this computer. Use that one, or close it first.',
    retry: false,
  },
  'unknown-chat': { sentence: 'This computer knows no such chat.', retry: false },
  'still-hosting': {
    sentence:
      'This computer hosts the open chat. Its server would end with it, for all its users, until you open the chat again.',
    retry: false,
  },
  'wipe-nickname-wrong': {
    sentence:
      'This is not your nickname, so nothing was wiped. Type the nickname that you have in this chat.',
    retry: false,
  },
  'wipe-blocked': {
    sentence:
      'Another Chatagram uses this data folder, so nothing was wiped. End it with Ctrl-C in its window, then try again.',
    retry: true,
  },
  'wipe-unfinished': {
    sentence:
      'Not everything could be removed. Chatagram ends now, and goes on when it starts again: check that the disk can be written, then start it.',
    retry: false,
  },
  'already-joined': { sentence: 'This gateway is already in a chat. Leave it first.', retry: false },
  'not-joined': { sentence: 'You are not in a chat. Join one first.', retry: false },
  'unknown-recipient': { sentence: 'No Record of that Client', retry: false },
  'key-changed': {
    sentence:
      'The server names a different key for this person. Compare safety numbers, then accept or refuse the key.',
    retry: false,
  },
  blocked: {
    sentence: 'You have blocked this person. Unblock them first.',
    retry: false,
  },
  'cannot-block': { sentence: 'You cannot block yourself or the server.', retry: false },
  'key-not-offered': { sentence: 'There is no pending key change for this person.', retry: false },
  'server-key-changed': {
    sentence:
      'The server at this address has a different key than before. It may have been reinstalled, or someone may be impersonating it. Ask its operator, then accept the key.',
    retry: false,
  },
  'server-key-mismatch': {
    sentence:
      'The server at this address does not have the key that the address names after #. Compare the address with the screen of the person who started the chat. If it is the same, someone may be impersonating the server.',
    retry: false,
  },
  'message-empty': { sentence: 'The message has nothing to see. Type some text.', retry: false },
  'message-too-long': { sentence: 'The message is longer than 16 KiB. Send it in parts.', retry: false },
  'message-id-used': { sentence: 'Another message already has this id. Use a new id.', retry: false },
  'unknown-message': { sentence: 'There is no such message.', retry: false },
  'message-deleted': { sentence: 'This message was deleted. Nothing can be added to it.', retry: false },
  'not-the-author': {
    sentence: 'This is not your message. You can only edit and delete your own.',
    retry: false,
  },
  'cannot-change': {
    sentence: 'This message cannot be changed like that. Choose a message of the right kind.',
    retry: false,
  },
  'too-many-mentions': { sentence: 'A message can mention 32 people. Name fewer.', retry: false },
  'file-name-empty': { sentence: 'The file has no name. Give it one, then send it again.', retry: false },
  'file-name-too-long': {
    sentence: 'The name of the file is too long. Shorten it to 255 bytes, then send it again.',
    retry: false,
  },
  'file-name-not-allowed': {
    sentence:
      'The name of the file has a slash, a backslash or a control character. Rename the file, then send it again.',
    retry: false,
  },
  'poll-invalid': {
    sentence: 'A poll needs 2 to 20 choices, each with 1 to 128 characters.',
    retry: false,
  },
  'poll-closed': { sentence: 'The poll is closed. It takes no more votes.', retry: false },
  'not-an-emoji': { sentence: 'A reaction is one emoji. Choose another sign.', retry: false },
  'too-many-reactions': {
    sentence: 'You can react to a message with 8 emoji. Take one back first.',
    retry: false,
  },
  'no-such-room': {
    sentence: 'No such room. Check the name, or ask a member for an invitation.',
    retry: false,
  },
  'room-name-not-allowed': {
    sentence:
      'This name is not allowed. Use 1 to 32 letters, digits, symbols or emoji that others can see, without spaces and without # at the start.',
    retry: false,
  },
  'room-name-taken': { sentence: 'Another room has this name. Choose another one.', retry: false },
  'room-name-look-alike': {
    sentence: 'This name looks like that of another room. Choose one that others can tell apart.',
    retry: false,
  },
  'too-many-rooms': {
    sentence: 'The server has no place for another room. Ask its operator to close one.',
    retry: true,
  },
  'room-quota-full': {
    sentence:
      'The server has no more space for this room. Ask its owner to keep fewer messages, or the operator of the server for more space.',
    retry: true,
  },
  'too-many-rooms-of-key': {
    sentence:
      'You have created as many rooms as one person may. Wait an hour if you are new here, or use one of yours.',
    retry: true,
  },
  'too-often': { sentence: 'That was too much in a short time. Wait a moment, then try again.', retry: true },
  'other-server': {
    sentence: 'This room is on a server that had another key. You can read it, but nothing can be sent.',
    retry: false,
  },
  'wrong-room': { sentence: 'The server has another room at this place. Nothing was changed.', retry: false },
  'wrong-position': {
    sentence: 'The server has put this at a wrong place in the room. Nothing was changed.',
    retry: false,
  },
  'wrong-sequence': {
    sentence: 'The server expected another number. The same is sent again with the right one.',
    retry: true,
  },
  'wrong-author': { sentence: 'The server did not take this from you. Nothing was changed.', retry: false },
  'wrong-signature': {
    sentence: 'The server could not check the signature of this. Nothing was changed.',
    retry: false,
  },
  'wrong-content-hash': {
    sentence: 'What the server got is not what was signed. Nothing was changed.',
    retry: false,
  },
  'wrong-parent': {
    sentence: 'The server has another log of this room. The same is sent again after the two logs agree.',
    retry: true,
  },
  'wrong-chain': {
    sentence: 'The server did not take older entries of this room back. You keep what you have.',
    retry: false,
  },
  'content-missing': { sentence: 'The server did not get all of it. Nothing was changed.', retry: false },
  'not-created': { sentence: 'This room does not exist yet. Create it first.', retry: false },
  'already-created': { sentence: 'This room exists already.', retry: false },
  'room-closed': {
    sentence: 'The operator of the server has ended this room. You can still read what you have.',
    retry: false,
  },
  archived: { sentence: 'This room is archived. You can read it, but not post in it.', retry: false },
  'not-in-everyone': {
    sentence: 'This does not work in #everyone, because everyone in the chat is always in it.',
    retry: false,
  },
  'banned-from-room': {
    sentence: 'There is a ban in this room. A moderator can lift it.',
    retry: false,
  },
  'not-a-member': { sentence: 'You are not a member of this room. Join it first.', retry: false },
  'already-a-member': { sentence: 'This is a member of the room already.', retry: false },
  'not-invited': {
    sentence: 'This room is by invitation. Ask one of its moderators for one.',
    retry: false,
  },
  'not-allowed': {
    sentence: 'Your role in this room does not allow this. Ask an owner or a moderator.',
    retry: false,
  },
  silenced: {
    sentence: 'You are silenced in this room: you can read, but not write. Ask a moderator.',
    retry: true,
  },
  moderated: { sentence: 'Only moderators post in this room at the moment.', retry: true },
  slow: {
    sentence: 'This room is slow: you have posted a short while ago. Wait, then try again.',
    retry: true,
  },
  'not-yourself': { sentence: 'You cannot do this to yourself.', retry: false },
  'no-such-member': { sentence: 'This person is no member of the room.', retry: false },
  'guest-role': {
    sentence: 'A guest cannot own a room or be its moderator. Choose a member who is no guest.',
    retry: false,
  },
  outranked: {
    sentence: 'This works only for members that rank below you. Ask an owner of the room.',
    retry: false,
  },
  'last-owner': {
    sentence: 'You are the last owner of this room. Hand it over to another member first.',
    retry: false,
  },
  'room-full': { sentence: 'This room has 1,000 members, and no place for another.', retry: true },
  'too-many-invitations': {
    sentence: 'This room has 1,000 open invitations. Take one back first.',
    retry: true,
  },
  'too-many-silenced': {
    sentence: 'This room has 1,000 silenced people. Let one of them write again first.',
    retry: true,
  },
  'too-many-pins': { sentence: 'This room has 50 pinned messages. Unpin one first.', retry: true },
  'mailbox-full': {
    sentence: 'The mailbox on the server is full. The message stays here and is sent again later.',
    retry: true,
  },
  'sender-quota-full': {
    sentence:
      'You have too many undelivered messages on the server. The message stays here and is sent again later.',
    retry: true,
  },
  'server-disk-full': {
    sentence: "The server's disk is full. The message stays here and is sent again later.",
    retry: true,
  },
  'message-expired': {
    sentence: 'The message waited on the server for too long and was removed there. Retry it or discard it.',
    retry: false,
  },
  'storage-damaged': {
    sentence: 'The database cannot be read. Restore a backup, or move the database away to start over.',
    retry: false,
  },
  'storage-failed': {
    sentence:
      'Chatagram cannot write to the disk. Check that it has free space and that the data folder is still there, then try again. If that does not help, start Chatagram again.',
    retry: true,
  },
  'host-storage-failed': {
    sentence:
      "Your host's computer cannot write to its disk, which may be full. Tell your host, then try again.",
    retry: true,
  },
  'wrong-key': {
    sentence:
      'The recipient could not open the message with its key. The message stays here and is sent again later.',
    retry: true,
  },
  'unknown-kind': {
    sentence:
      'The other side does not know this kind of message. Install the same version of Chatagram on both.',
    retry: false,
  },
  malformed: { sentence: 'The other side could not read the message.', retry: false },
  'not-registered': { sentence: 'You are not registered with the server. Register first.', retry: true },
  refused: { sentence: 'The other side refused the message.', retry: false },
  internal: { sentence: 'Something went wrong in the program. The log says more.', retry: true },
} as const satisfies Record<string, { sentence: string; retry: boolean }>;

export type ErrorCode = keyof typeof errors;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errors, text);
}
