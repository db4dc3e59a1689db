import type { Language } from '../model/language.ts';
import { language } from './texts.ts';

/** `host`: null for the user. */
export const guestNoticeInEnglish = {
  heading: (guest: string, host: string | null) =>
    host === null ? `${guest} is your guest` : `${guest} is a guest of ${host}`,
  means: (guest: string, host: string | null) =>
    `${host === null ? 'Your' : `${host}’s`} computer can read what ${guest} reads and write in ${guest}’s name.`,
};

export const guestNoticeInGerman: typeof guestNoticeInEnglish = {
  heading: (guest, host) =>
    host === null ? `${guest} ist bei dir zu Gast` : `${guest} ist zu Gast bei ${host}`,
  means: (guest, host) =>
    `${host === null ? 'Dein Computer' : `Der Computer von ${host}`} kann lesen, was ${guest} liest, und im Namen von ${guest} schreiben.`,
};

/** What the app says about a guest, in its language. It comes with the first guest, in all languages. */
export const guestNoticeTexts = (
  { en: guestNoticeInEnglish, de: guestNoticeInGerman } satisfies Record<
    Language,
    typeof guestNoticeInEnglish
  >
)[language];
