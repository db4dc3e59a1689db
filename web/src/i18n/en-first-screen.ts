import { countedIn } from './plural.ts';

const counted = countedIn('en');

/** What only the first screen says, in English. It is loaded with that screen, and not with the chat. */
export const enFirstScreen = {
  nearby: {
    heading: 'Chats nearby',
    none: {
      off: 'Looking for chats is switched off. Start a chat here, or join one by its address.',
      asking: 'Looking for chats on your network …',
      searching: 'No answer yet. Asking the computers on your network one by one …',
      searched:
        'No chat found. Start one here, or ask the person who started the chat for its address. A firewall, a VPN or guest Wi-Fi can hide a chat.',
    },
    found: (count: number) =>
      counted(count, '1 chat found. Click it to join.', (n) => `${n} chats found. Click one to join.`),
    key: (fingerprint: string) => `Key ${fingerprint}`,
    needsCode: 'Needs a join code',
    otherVersion: 'Runs another version of Chatagram. Update both computers.',
  },

  earlierTexts: {
    explain: 'This browser keeps texts that were not sent in earlier chats at this address.',
    remove: 'Remove them',
  },

  packet: {
    caption: 'How your words travel',
    magic: 'version',
    connection: 'connection',
    number: 'number',
    seal: 'seal',
    words: 'your words',
    example: 'See you at the pier at six?',
  },
};
