import type { Language } from '../model/language.ts';
import type { PollProblem } from '../model/poll-form.ts';
import { countedIn } from './plural.ts';
import { language, numbers } from './texts.ts';

const counted = countedIn(language);

/** The texts of polls and of dialogs about a message in English. They are not in the first load. */
export const messageTextsInEnglish = {
  readers: {
    heading: 'Delivery of this message',
    close: 'Close',
    asking: 'Asking the server …',
    read: (count: number) => `Read by ${count}`,
    delivered: (count: number) => `Delivered to ${count}`,
    pending: (count: number) => `Not yet delivered to ${count}`,
    more: (count: number) => `And ${count} more.`,
    byServer:
      'These figures are the server’s word. Only the people themselves know whether they have the message.',
  },

  poll: {
    heading: 'New poll',
    close: 'Close',
    question: 'Question',
    choices: 'Choices',
    choice: (number: number) => `Choice ${number}`,
    removeChoice: (number: number) => `Remove choice ${number}`,
    addChoice: 'Add a choice',
    named: 'Everyone sees who votes for what. Votes can be changed until you close the poll.',
    send: 'Send the poll',
    problems: {
      'no-question': 'Enter a question.',
      'long-question': 'The question is too long.',
      'few-choices': 'Enter at least two choices.',
      'same-choices': 'Two choices are the same.',
      'long-choice': 'A choice can have up to 128 characters.',
    } satisfies Record<PollProblem, string>,
    label: (question: string) => `Poll: ${question}`,
    votes: (count: number) => String(count),
    open: (votes: number) =>
      votes === 0 ? 'No votes yet' : counted(votes, '1 vote so far', (n) => `${n} votes so far`),
    closed: (votes: number) => counted(votes, 'Closed with 1 vote', (n) => `Closed with ${n} votes`),
  },

  emoji: {
    heading: 'Choose an emoji',
    reactionHeading: 'Choose a reaction',
    close: 'Close',
    search: 'Search, for example “party”',
    found: (count: number) => counted(count, '1 emoji', (n) => `${n} emojis`),
    more: (count: number) => `And ${count} more. Type a word to find them.`,
    failed: 'The emojis could not be loaded. Close this and try again.',
  },

  acknowledged: {
    heading: 'Readers of this announcement',
    close: 'Close',
    has: (count: number) => `Have read it: ${count}`,
    hasNot: (count: number) => `Have not said so yet: ${count}`,
    noReaders: 'No one else is here to read this yet.',
  },

  deletion: {
    heading: 'Delete this message?',
    means: 'Its text disappears from every copy of the conversation. A note stays that it was deleted.',
    limits: 'A copy that is offline keeps it until it is back. Another program may keep it for good.',
    now: 'Delete',
    cancel: 'Cancel',
  },
};

type MessageTexts = typeof messageTextsInEnglish;

export const messageTextsInGerman: MessageTexts = {
  readers: {
    heading: 'Zustellung dieser Nachricht',
    close: 'Schließen',
    asking: 'Frage den Server …',
    read: (count) => `Gelesen von ${count}`,
    delivered: (count) => `Zugestellt an ${count}`,
    pending: (count) => `Noch nicht zugestellt an ${count}`,
    more: (count) => `Und ${count} weitere.`,
    byServer: 'Diese Zahlen sagt der Server. Nur die Personen selbst wissen, ob sie die Nachricht haben.',
  },

  poll: {
    heading: 'Neue Umfrage',
    close: 'Schließen',
    question: 'Frage',
    choices: 'Antworten',
    choice: (number) => `Antwort ${number}`,
    removeChoice: (number) => `Antwort ${number} entfernen`,
    addChoice: 'Antwort hinzufügen',
    named: 'Alle sehen, wer wofür stimmt. Stimmen lassen sich ändern, bis du die Umfrage schließt.',
    send: 'Umfrage senden',
    problems: {
      'no-question': 'Gib eine Frage ein.',
      'long-question': 'Die Frage ist zu lang.',
      'few-choices': 'Gib mindestens zwei Antworten ein.',
      'same-choices': 'Zwei Antworten sind gleich.',
      'long-choice': 'Eine Antwort kann bis zu 128 Zeichen haben.',
    },
    label: (question) => `Umfrage: ${question}`,
    votes: (count) => numbers.format(count),
    open: (votes) =>
      votes === 0 ? 'Noch keine Stimmen' : counted(votes, 'Bisher 1 Stimme', (n) => `Bisher ${n} Stimmen`),
    closed: (votes) => counted(votes, 'Geschlossen mit 1 Stimme', (n) => `Geschlossen mit ${n} Stimmen`),
  },

  emoji: {
    heading: 'Emoji auswählen',
    reactionHeading: 'Reaktion auswählen',
    close: 'Schließen',
    search: 'Auf Englisch suchen, zum Beispiel „party“',
    found: (count) => counted(count, '1 Emoji', (n) => `${n} Emojis`),
    more: (count) => `Und ${numbers.format(count)} weitere. Gib ein Wort ein, um sie zu finden.`,
    failed: 'Die Emojis konnten nicht geladen werden. Schließ das Fenster, und versuch es noch einmal.',
  },

  acknowledged: {
    heading: 'Wer diese Ankündigung gelesen hat',
    close: 'Schließen',
    has: (count) => `Haben sie gelesen: ${count}`,
    hasNot: (count) => `Haben es noch nicht bestätigt: ${count}`,
    noReaders: 'Sonst ist noch niemand hier, um das zu lesen.',
  },

  deletion: {
    heading: 'Diese Nachricht löschen?',
    means:
      'Ihr Text verschwindet aus jeder Kopie der Unterhaltung. Ein Hinweis bleibt, dass sie gelöscht wurde.',
    limits:
      'Eine Kopie, die offline ist, behält ihn, bis sie zurück ist. Ein anderes Programm behält ihn vielleicht für immer.',
    now: 'Löschen',
    cancel: 'Abbrechen',
  },
};

export const messageTexts = (
  { en: messageTextsInEnglish, de: messageTextsInGerman } satisfies Record<Language, MessageTexts>
)[language];
