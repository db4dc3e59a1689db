import type { Language } from '../model/language.ts';
import { countedIn } from './plural.ts';
import { language } from './texts.ts';

const counted = countedIn(language);

const en = {
  heading: 'Chats on this computer',
  close: 'Close',
  loading: 'Loading …',
  none: 'This computer knows no other chat. To join one, leave this chat first.',
  hosted: 'hosted on this computer',
  leaving: (nickname: string, place: string) =>
    `One chat is open at a time. When you open another one, you go offline as ${nickname} (${place}).`,
  nothingWaits: 'New messages to you wait on its server.',
  waitsThere: (count: number) =>
    counted(
      count,
      '1 message of yours waits there until you open it again.',
      (n) => `${n} messages of yours wait there until you open it again.`,
    ),
  endsHosting: 'This computer hosts that chat: it ends for everyone until you open it again.',
  endsOpen: 'The chat that is open now ends for everyone until you open it again.',
  opened: (when: string) => `Last opened ${when}`,
  waits: (count: number) => counted(count, '1 unsent message', (n) => `${n} unsent messages`),
  open: 'Open',
  openLabel: (nickname: string, place: string) => `Open the chat of ${nickname}, ${place}`,
  endAndOpen: 'End the chat for everyone, and open',
  leaveHeading: 'Leave this chat?',
  endNow: 'End the chat for everyone',
  cancel: 'Cancel',
};

const de: typeof en = {
  heading: 'Chats auf diesem Computer',
  close: 'Schließen',
  loading: 'Lädt …',
  none: 'Dieser Computer kennt keinen anderen Chat. Um einem beizutreten, verlasse zuerst diesen.',
  hosted: 'läuft auf diesem Computer',
  leaving: (nickname, place) =>
    `Nur ein Chat ist gleichzeitig offen. Wenn du einen anderen öffnest, gehst du als ${nickname} offline (${place}).`,
  nothingWaits: 'Neue Nachrichten an dich warten auf seinem Server.',
  waitsThere: (count) =>
    counted(
      count,
      '1 Nachricht von dir wartet dort, bis du ihn wieder öffnest.',
      (n) => `${n} Nachrichten von dir warten dort, bis du ihn wieder öffnest.`,
    ),
  endsHosting: 'Dieser Chat läuft auf diesem Computer: Er endet für alle, bis du ihn wieder öffnest.',
  endsOpen: 'Der Chat, der jetzt offen ist, endet für alle, bis du ihn wieder öffnest.',
  opened: (when) => `Zuletzt geöffnet ${when}`,
  waits: (count) => counted(count, '1 ungesendete Nachricht', (n) => `${n} ungesendete Nachrichten`),
  open: 'Öffnen',
  openLabel: (nickname, place) => `Den Chat von ${nickname} öffnen, ${place}`,
  endAndOpen: 'Den Chat für alle beenden und öffnen',
  leaveHeading: 'Diesen Chat verlassen?',
  endNow: 'Den Chat für alle beenden',
  cancel: 'Abbrechen',
};

/** The words of the list of chats. The page loads them with its dialog, in all languages. */
export const chatsTexts = ({ en, de } satisfies Record<Language, typeof en>)[language];
