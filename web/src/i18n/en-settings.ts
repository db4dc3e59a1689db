import type { DataKind } from '../../../shared/bridge/wipe.ts';
import type { SettingGroup, SettingName } from '../../../shared/settings.ts';
import type { NotificationAccess } from '../model/notifications.ts';
import type { ThemeChoice } from '../model/theme.ts';
import { countedIn } from './plural.ts';

const counted = countedIn('en');

/** The texts of the settings page and of notifications in English. They are loaded with these, and not with the chat. */
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
    signOutThis: 'This page closes, and needs a new link from the terminal or another browser.',
    signOutOther: 'Its pages close, and need a new link.',
    signOutNow: 'Sign out now',
    cancel: 'Cancel',
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

  settings: {
    readReceipts: 'Let others see when I have read their messages',
    typing: 'Let others see when I type, and see when they do',
    lastSeen: 'Let others see when I was last online (the operator of the server sees it)',
    notifications: 'Notify me of new messages',
    notificationText: 'Show the text of messages in notifications',
    notificationSound: 'Play a sound with notifications',
    loadPictures: 'Load pictures up to 1 MiB of people that I have answered',
    loadVerified: 'Load files up to 100 MiB of people with a key that I have compared',
  } satisfies Record<SettingName, string>,

  notification: {
    fromPerson: (count: number, mentionsMe: boolean) =>
      mentionsMe ? 'Mentions you' : counted(count, 'New message', (n) => `${n} new messages`),
    inRoom: (author: string, count: number, mentionsMe: boolean) => {
      if (mentionsMe) return `${author} mentions you`;
      return counted(
        count,
        `New message from ${author}`,
        (n) => `${n} new messages, the last from ${author}`,
      );
    },
    said: (text: string, count: number) => counted(count, text, (n) => `${text} (${n} new)`),
    ask: 'Allow notifications in this browser…',
    access: {
      default: 'The browser asks you. On Linux, the desktop notifies you also without it.',
      granted: 'This browser notifies you while Chatagram is open in a tab.',
      denied:
        'You have not allowed notifications in this browser. Allow them in its settings for this page, behind the icon beside the address.',
      insecure:
        'Browsers show notifications only of pages on your own computer. Open Chatagram there, at the address that its terminal shows.',
      none: 'This browser shows no notifications of pages.',
    } satisfies Record<NotificationAccess, string>,
  },

  settingsPage: {
    back: 'Back to the conversations',
    nickname: 'Nickname',
    nicknameHint:
      'Your nickname belongs to your key on this server. To use another one, leave this chat and join it with the other nickname: you are then another person there, and this chat with all its messages stays under this nickname.',
    groups: { privacy: 'What others see', notifications: 'Notifications', files: 'Files' } satisfies Record<
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
