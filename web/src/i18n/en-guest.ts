import type { WifiSystem } from '../guest/wifi-system.ts';
import type { GuestEnd } from '../guest/guest-visit.ts';

interface EndWords {
  readonly heading: string;
  readonly explain: string;
  readonly how: string;
}

/** What only the page of a guest says, in English. */
export const enGuest = {
  name: {
    heading: 'Join the chat as a guest',
    intro: 'You need no app, no account and no internet. Your host’s computer runs the chat.',
    forgotten: 'Your host’s computer does not know you any longer. Choose a nickname to ask again.',
    nickname: 'Nickname',
    nicknameHint: 'Others see this name. Up to 32 characters, no spaces.',
    come: 'Come in',
    use: (nickname: string) => `Use ${nickname}`,
    silent: 'The chat of your host does not answer. Wait a moment, then try again, or tell your host.',
  },
  protection: {
    heading: 'What this page protects',
    points: [
      {
        id: 'sealed',
        lead: 'Others on this Wi-Fi cannot read what you write.',
        rest: 'It is encrypted from this page to your host’s computer.',
      },
      {
        id: 'host',
        lead: 'Your host’s computer can.',
        rest: 'It can read what you read and write, and it could write in your name. The people you write to see that you are a guest.',
      },
      {
        id: 'page',
        lead: 'It does not stop a person who changes this page.',
        rest: 'The page comes over plain HTTP. An attacker on this network could change it on its way to you.',
      },
    ],
    kept: 'This browser keeps only your guest key, and no message or name. What you have not sent is gone when you close this page.',
    close: 'Close',
  },
  nothingKept: {
    heading: 'This browser keeps nothing',
    means: 'This browser keeps nothing: after a reload you are a new guest. Keep this page open.',
  },
  coming: 'Connecting to your host …',
  comingDown:
    'Your host’s computer does not answer. Are you still on the same Wi-Fi? This page tries again by itself.',
  joining: 'Opening the chat …',
  tryNow: 'Try now',
  waiting: {
    heading: 'Ask your host to let you in',
    explain: 'Your host sees your nickname and these four words. Compare them before your host lets you in.',
    words: 'Your four words',
    as: 'You ask as',
    differ: 'If the words differ, do not go on: another device is between you and your host.',
    state: 'Waiting for your host …',
    again: 'Ask again with new words',
  },
  ends: {
    'link-damaged': {
      heading: 'A part of this link is missing',
      explain: 'The part after # was changed or cut off.',
      how: 'Scan the code again, or copy the whole link. You can also ask your host to let you in without it.',
    },
    'link-newer': {
      heading: 'This link is for a newer Chatagram',
      explain: 'This page is older than the link.',
      how: 'Load the page again. If that does not help, ask your host for a new link.',
    },
    'version-unknown': {
      heading: 'This page is out of date',
      explain: 'Chatagram was updated on your host’s computer.',
      how: 'Load the page again.',
    },
    'want-unknown': {
      heading: 'This page is out of date',
      explain: 'Chatagram on your host’s computer does not understand this page.',
      how: 'Load the page again.',
    },
    'secret-wrong': {
      heading: 'This link is no longer valid',
      explain: 'Your host made a new link, or takes no guests at the moment.',
      how: 'Scan the code on your host’s screen again. You can also ask your host to let you in without it.',
    },
    'link-required': {
      heading: 'You need a link',
      explain: 'Your host takes only guests who scan the code.',
      how: 'Scan the code on your host’s screen.',
    },
    'gateway-key-wrong': {
      heading: 'Another computer answers here',
      explain:
        'It does not have the key of the host you know. It can be another host at this address, or an attacker. This page told it nothing about you.',
      how: 'Scan the code on your host’s screen again. Go on without it only if you can compare the four words with your host.',
    },
    'handshake-failed': {
      heading: 'The connection could not be made safe',
      explain: 'Something changed it on the way, so this page closed it.',
      how: 'Connect again. If this happens often, tell your host: an attacker may be on this network.',
    },
    'not-genuine': {
      heading: 'The connection was changed on the way',
      explain:
        'A message was altered, repeated or missing, so this page and your host closed the connection. Nothing of it was used.',
      how: 'Connect again. If this happens often, tell your host: an attacker may be on this network.',
    },
    'too-long': {
      heading: 'The connection ended',
      explain: 'A message was longer than the rules allow.',
      how: 'Connect again. If this happens often, load the page again.',
    },
    malformed: {
      heading: 'The connection ended',
      explain: 'This page and your host’s computer did not understand each other.',
      how: 'Connect again. If this happens often, load the page again.',
    },
    'not-admitted': {
      heading: 'The connection ended',
      explain: 'This page spoke before your host let you in.',
      how: 'Connect again. If this happens often, load the page again.',
    },
    'switched-off': {
      heading: 'Your host takes no guests now',
      explain: 'Your host switched it off, or made a new link. You stay a guest, and your messages wait.',
      how: 'This page tries again by itself.',
    },
    'chat-closed': {
      heading: 'Your host has closed the chat',
      explain: 'You stay a guest, and your messages wait until your host opens the chat again.',
      how: 'This page tries again by itself.',
    },
    full: {
      heading: 'No place is free',
      explain: 'Your host’s computer has as many guests as it takes.',
      how: 'Ask your host for a place. This page tries again by itself.',
    },
    busy: {
      heading: 'Too many are asking',
      explain: 'Many visitors wait for your host, or you have many tabs of this chat open.',
      how: 'Close other tabs of this chat. Then try again.',
    },
    'not-let-in': {
      heading: 'Your host did not let you in',
      explain: 'You were no guest yet, so nothing of you was kept.',
      how: 'Talk to your host. You may ask again.',
    },
    removed: {
      heading: 'Your host has sent you away',
      explain: 'Your nickname is free, and what the host’s computer kept for you is erased.',
      how: 'Talk to your host. You may ask again.',
    },
    barred: {
      heading: 'You cannot come in here',
      explain:
        'Your host has sent you away for good. Your nickname is free, and what the host’s computer kept for you is erased.',
      how: 'If that is a mistake, talk to your host.',
    },
    left: {
      heading: 'You have left',
      explain:
        'Your nickname is free, and what the host’s computer kept for you is erased. Messages that others received stay with them.',
      how: 'You can close this page. To come back, scan the code again.',
    },
  } satisfies Record<GuestEnd, EndWords>,
  again: 'Try again',
  connect: 'Connect again',
  ask: 'Ask again',
  withoutLink: 'Ask without a link',
  reload: 'Load again',
  trying: 'Trying …',
  leaving: {
    heading: 'Leaving …',
    explain: 'Your host’s computer is told. Keep this page open until that is done.',
  },
  leave: {
    heading: 'Leave this chat?',
    means:
      'Your nickname becomes free, and your host’s computer erases your messages and your key. You cannot undo this.',
    stays:
      'Messages that others received stay with them. To be away for a while, just close this page: your host keeps your place for 7 days.',
    confirm: 'Leave and erase',
    cancel: 'Stay',
  },
  banner: {
    gateway: (since: string) => `Your host’s computer has been unreachable since ${since}.`,
    gatewayHint:
      'Are you still on the same Wi-Fi? You can keep writing: this page sends your messages when it is back. Keep it open until then.',
  },
  inTab: 'Only in this page: keep it open until your host is back',
  settings: {
    nickname:
      'Your nickname is yours until you leave, or are away for 7 days. To use another one, leave this chat and come in again.',
    notifications:
      'Browsers show no notifications of a page like this one. Keep it open: its title counts what you have not read.',
  },
  wifi: {
    heading: 'Stay on this Wi-Fi',
    hint: 'This Wi-Fi may have no internet. Phones then leave it, and the chat stops.',
    show: 'How to stay',
    close: 'Close',
    system: 'Your device',
    systems: { ios: 'iPhone or iPad', android: 'Android', other: 'Another device' } satisfies Record<
      WifiSystem,
      string
    >,
    steps: {
      ios: [
        'If a message says that this Wi-Fi has no internet, choose to keep using the Wi-Fi.',
        'Settings, Wi-Fi: tap the ⓘ beside this network, and turn on Auto-Join.',
        'Settings, Mobile Service: turn off Wi-Fi Assist. It is at the end of the list.',
        'If it still leaves the Wi-Fi, turn off mobile data while you chat.',
      ],
      android: [
        'If a message says that this Wi-Fi has no internet, tap it and choose to stay connected. Tick “Don’t ask again” if it is there.',
        'Settings, Wi-Fi: turn off “Switch to mobile data automatically”. Some phones call it Intelligent Wi-Fi or Adaptive connectivity.',
        'If it still leaves the Wi-Fi, turn off mobile data while you chat.',
      ],
      other: [
        'Computers usually stay. If yours changes the network, choose this one again.',
        'Turn off “Connect automatically” for the other networks that it knows here.',
      ],
    } satisfies Record<WifiSystem, readonly string[]>,
    locked: 'A locked phone pauses this page. New messages are here when you come back.',
  },
};
