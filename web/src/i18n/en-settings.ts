import type { DataKind } from '../../../shared/bridge/wipe.ts';
import type { SettingGroup } from '../../../shared/settings.ts';
import type { ThemeChoice } from '../model/theme.ts';
import { countedIn } from './plural.ts';

const counted = countedIn('en');

/** The texts of the settings page in English. They are loaded with that page, and not with the chat. */
export const enSettings = {
  browsers: {
    heading: 'Browsers',
    hint: 'These browsers may open your Chatagram. Sign out those that you do not know or use.',
    thisOne: 'This browser',
    tabs: (count: number) => counted(count, '1 tab open', (n) => `${n} tabs open`),
    lastSeen: (when: string) => (when === '' ? 'Not open' : `Last open ${when}`),
    added: (when: string) => (when === '' ? '' : `added ${when}`),
    signOut: 'Sign out',
    signOutLabel: (name: string) => `Sign out ${name}`,
    signedOut: (name: string) => `${name} is signed out.`,
    add: 'Add a browser',
    addHint: (address: string) => `Open ${address} in that browser on this computer, and type the code:`,
    addExpires: 'It works once, for 10 minutes.',
  },

  theme: {
    heading: 'Look',
    hint: 'In this browser. “System” follows the setting of your computer.',
    choices: { system: 'System', light: 'Light', dark: 'Dark' } satisfies Record<ThemeChoice, string>,
  },

  language: {
    heading: 'Language',
    hint: 'In this browser. “System” follows the language of your browser. The page loads again then.',
    system: 'System',
  },

  settingsPage: {
    back: 'Back to the conversations',
    nickname: 'Nickname',
    nicknameHint:
      'Your nickname belongs to your key on this server. To use another one, leave this chat and join it with the other nickname: you are then another person there, and this chat with all its messages stays under this nickname.',
    groups: { privacy: 'What others see', notifications: 'Notifications' } satisfies Record<
      SettingGroup,
      string
    >,
    blocked: 'Blocked people',
    noneBlocked: 'You have blocked no one.',
    unblock: 'Unblock',
    unblocked: (nickname: string) => `${nickname} is no longer blocked.`,
    keys: 'Keys',
    keysHint:
      'Your key is you: messages for you can only be opened with it. You compare a safety number with each person, in the details of the conversation.',
    ownKey: 'Your public key',
    serverKeys: 'Keys of the servers that this computer knows',
    thisServer: (address: string) => `${address} · this chat`,
    data: {
      heading: 'Data on this computer',
      hint: 'All chats of this computer are in this folder. Only your account can read it. It is not encrypted.',
      kinds: {
        database: 'Messages and keys',
        'write-log': 'Logs of writes',
        earlier: 'From before a restore',
        other: 'Other files',
      } satisfies Record<DataKind, string>,
      size: (bytes: number) =>
        bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`,
      more: 'There are more files, which were not counted.',
      backup: 'Backup',
      backupHint:
        'Type this in a terminal. The file has your keys and messages: keep it where only you can read it.',
    },
  },

  wipe: {
    heading: 'Wipe all chats',
    hint: 'Removes every chat of this computer: for a computer that you give away, or messages that must not stay.',
    open: 'Wipe all chats …',
    close: 'Close',
    removes:
      'This removes all nicknames, messages and keys from the data folder of this computer, and what the open browsers keep. Chatagram ends then.',
    hosting:
      'The chat that this computer hosts ends for everyone, with its rooms and the messages that wait.',
    keepsHeading: 'It cannot reach',
    keeps: [
      'backups, saved conversations and screenshots',
      'the copies of other people, and your place in rooms',
      'the history of your browsers, and browsers that are closed now',
      'parts of the disk that are free but not overwritten',
    ],
    nameFreed: (nickname: string) =>
      `The server frees the nickname ${nickname}. Your other nicknames stay taken.`,
    nameTaken: (nickname: string) =>
      `The server cannot be reached, so the nickname ${nickname} stays taken until its operator releases it.`,
    confirm: (nickname: string) => `Type ${nickname} to confirm`,
    confirmHint: 'This cannot be undone.',
    wipe: 'Wipe everything',
    wiping: 'Wiping …',
  },
};
