import type { Language } from '../model/language.ts';
import { language } from './texts.ts';

/** The list of keys in English. It comes with the menu and the dialog that show it. */
export const keyListInEnglish = {
  heading: 'Keyboard shortcuts',
  close: 'Close',
  rows: [
    { keys: ['Ctrl', 'K'], meaning: 'Go to a person or a room' },
    { keys: ['Ctrl', 'F'], meaning: 'Search this conversation. Once more: the search of the browser' },
    { keys: ['Ctrl', 'Shift', 'F'], meaning: 'Search all messages' },
    { keys: ['Alt', '↑'], meaning: 'The conversation above' },
    { keys: ['Alt', '↓'], meaning: 'The conversation below' },
    { keys: ['Alt', 'Shift', '↑'], meaning: 'The next unread conversation above' },
    { keys: ['Alt', 'Shift', '↓'], meaning: 'The next unread conversation below' },
    { keys: ['Enter'], meaning: 'Send' },
    { keys: ['Shift', 'Enter'], meaning: 'Begin a new line' },
    { keys: ['↑'], meaning: 'In an empty box: edit your last message' },
    { keys: ['Esc'], meaning: 'Close the menu or dialog, stop replying, or remove the “New” line' },
    { keys: ['?'], meaning: 'Show this list' },
  ],
};

type KeyListTexts = typeof keyListInEnglish;

export const keyListInGerman: KeyListTexts = {
  heading: 'Tastenkürzel',
  close: 'Schließen',
  rows: [
    { keys: ['Strg', 'K'], meaning: 'Zu einer Person oder einem Raum gehen' },
    { keys: ['Strg', 'F'], meaning: 'In dieser Unterhaltung suchen. Noch einmal: die Suche des Browsers' },
    { keys: ['Strg', 'Umschalt', 'F'], meaning: 'In allen Nachrichten suchen' },
    { keys: ['Alt', '↑'], meaning: 'Die Unterhaltung darüber' },
    { keys: ['Alt', '↓'], meaning: 'Die Unterhaltung darunter' },
    { keys: ['Alt', 'Umschalt', '↑'], meaning: 'Die nächste ungelesene Unterhaltung darüber' },
    { keys: ['Alt', 'Umschalt', '↓'], meaning: 'Die nächste ungelesene Unterhaltung darunter' },
    { keys: ['Enter'], meaning: 'Senden' },
    { keys: ['Umschalt', 'Enter'], meaning: 'Eine neue Zeile beginnen' },
    { keys: ['↑'], meaning: 'Im leeren Feld: deine letzte Nachricht bearbeiten' },
    {
      keys: ['Esc'],
      meaning: 'Das Menü oder Fenster schließen, nicht mehr antworten oder die Linie „Neu“ entfernen',
    },
    { keys: ['?'], meaning: 'Diese Liste zeigen' },
  ],
};

export const keyListTexts = (
  { en: keyListInEnglish, de: keyListInGerman } satisfies Record<Language, KeyListTexts>
)[language];
