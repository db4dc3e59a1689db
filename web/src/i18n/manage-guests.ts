import type { Language } from '../model/language.ts';
import { countedIn } from './plural.ts';
import { language, numbers } from './texts.ts';

const counted = countedIn(language);

/** The texts of the page on which a host takes guests, in English. They come with the page. */
export const manageGuestsInEnglish = {
  back: 'Back to the conversations',
  hint: 'They need no program and no internet. A phone or a laptop on this network opens a page, and its user is your guest in this chat.',
  on: 'Guests may come',
  fault: 'No guest can come now.',
  noNetwork: 'This computer has no network that guests could use. The link appears when it has one.',
  reads:
    'Your computer runs the chat for your guests. It can read what they read and write, and it could write in their names. Everyone sees that they are your guests.',
  network:
    'The page comes over this network without a certificate. The link keeps listeners out. It cannot stop an attacker on this network that changes the page on its way.',

  link: 'Scan or open',
  qr: 'QR code for guests',
  secret: 'The link has a secret in it. Show it only to people that may come.',
  large: 'Show large',
  newLink: 'New link',
  newLinkMeans:
    'The link and the code that you have shown stop working. Your guests stay. Visitors that still wait with them are sent away.',
  newLinkNow: 'Make a new link',
  newLinkMade: 'There is a new link.',
  cancel: 'Cancel',
  otherWays: 'Other addresses of this computer',
  otherWaysHint: 'If a phone cannot open the first one, try these.',
  showCode: 'Show its code',
  showCodeOf: (address: string) => `Show the code for ${address}`,

  poster: 'Join this chat',
  posterScan: 'Connect to the same network, and scan this code.',
  posterType: 'Or type this address into a browser, and wait to be let in:',
  close: 'Close',

  waiting: 'Waiting to be let in',
  waits: (count: number) =>
    counted(count, '1 visitor waits to be let in', (n) => `${n} visitors wait to be let in`),
  compare: 'Ask for the four words on their screen. Let them in only if they are the same as here.',
  withLink: 'Has the link',
  withoutLink: 'Typed the address, and has no link',
  words: 'Four words',
  admit: 'Let in',
  admitLabel: (name: string) => `Let ${name} in`,
  admitted: (name: string) => `${name} is in.`,
  refuse: 'Refuse',
  refuseLabel: (name: string) => `Refuse ${name}`,
  refused: (name: string) => `${name} was sent away.`,

  guests: 'Guests',
  count: (here: number, all: number, limit: number) => {
    const counts = `${counted(all, '1 guest', (n) => `${n} guests`)}, ${numbers.format(here)} here now.`;
    if (all < limit) return `${counts} There may be ${numbers.format(limit)}.`;
    return `${counts} The limit is ${numbers.format(limit)}, so no new guest can come.`;
  },
  none: 'No one has come by browser yet.',
  here: (since: string) => `Here since ${since}`,
  away: (ago: string) => (ago === '' ? 'Away' : `Away, last here ${ago}`),
  choosing: 'Is choosing a nickname',
  nameless: 'New guest',
  remove: 'Remove',
  removeLabel: (name: string) => `Remove ${name}`,
  removeMeans: (name: string) =>
    `${name} leaves this chat. The nickname becomes free, and the messages of ${name} are erased on your computer. ${name} may come again.`,
  removeNow: (name: string) => `Remove ${name} now`,
  removed: (name: string) => `${name} is removed.`,
  bar: 'Bar',
  barLabel: (name: string) => `Bar ${name}`,
  barMeans: (name: string) =>
    `${name} is sent away, and this browser may not come again. A browser counts as another one after its data was cleared.`,
  barNow: (name: string) => `Bar ${name} now`,
  barred: (name: string) => `${name} may not come again.`,

  rules: 'Rules',
  asks: 'Ask me about each new guest',
  asksHint: 'Also about those with the link. A visitor without the link always waits for you.',
  limit: 'How many guests there may be',
  limitHint: 'From 1 to 200. A lower number removes no one.',
  limitWrong: 'Enter a whole number from 1 to 200.',
  save: 'Save',
  limitSaved: (limit: number) => `${numbers.format(limit)} guests may come.`,
};

type ManageGuestsTexts = typeof manageGuestsInEnglish;

export const manageGuestsInGerman: ManageGuestsTexts = {
  back: 'Zurück zu den Unterhaltungen',
  hint: 'Sie brauchen kein Programm und kein Internet. Ein Handy oder Laptop in diesem Netz öffnet eine Seite, und wer sie benutzt, ist bei dir zu Gast in diesem Chat.',
  on: 'Gäste dürfen kommen',
  fault: 'Gerade kann kein Gast kommen.',
  noNetwork:
    'Dieser Computer hat kein Netz, das Gäste benutzen könnten. Der Link erscheint, sobald er eines hat.',
  reads:
    'Für deine Gäste läuft der Chat auf deinem Computer. Er kann lesen, was sie lesen und schreiben, und könnte in ihrem Namen schreiben. Alle sehen, bei wem sie zu Gast sind.',
  network:
    'Die Seite kommt ohne Zertifikat über dieses Netz. Der Link hält Mithörer draußen. Er verhindert nicht, dass ein Angreifer in diesem Netz die Seite unterwegs verändert.',

  link: 'Scannen oder öffnen',
  qr: 'QR-Code für Gäste',
  secret: 'Im Link steckt ein Geheimnis. Zeig ihn nur Personen, die kommen dürfen.',
  large: 'Groß zeigen',
  newLink: 'Neuer Link',
  newLinkMeans:
    'Der Link und der Code, die du gezeigt hast, gelten nicht mehr. Deine Gäste bleiben. Besuch, der damit noch wartet, wird weggeschickt.',
  newLinkNow: 'Neuen Link machen',
  newLinkMade: 'Es gibt einen neuen Link.',
  cancel: 'Abbrechen',
  otherWays: 'Andere Adressen dieses Computers',
  otherWaysHint: 'Wenn ein Handy die erste nicht öffnen kann, versuch es mit diesen.',
  showCode: 'Code zeigen',
  showCodeOf: (address) => `Code für ${address} zeigen`,

  poster: 'Komm in diesen Chat',
  posterScan: 'Verbinde dich mit demselben Netz, und scanne diesen Code.',
  posterType: 'Oder gib diese Adresse in einen Browser ein, und warte auf den Einlass:',
  close: 'Schließen',

  waiting: 'Warten auf Einlass',
  waits: (count) => counted(count, '1 Person wartet auf Einlass', (n) => `${n} Personen warten auf Einlass`),
  compare: 'Frag nach den vier Wörtern auf dem anderen Bildschirm. Lass nur ein, wer dieselben hat wie hier.',
  withLink: 'Hat den Link',
  withoutLink: 'Hat die Adresse eingegeben und keinen Link',
  words: 'Vier Wörter',
  admit: 'Einlassen',
  admitLabel: (name) => `${name} einlassen`,
  admitted: (name) => `${name} ist drin.`,
  refuse: 'Abweisen',
  refuseLabel: (name) => `${name} abweisen`,
  refused: (name) => `${name} wurde weggeschickt.`,

  guests: 'Gäste',
  count: (here, all, limit) => {
    const counts = `${counted(all, '1 Gast', (n) => `${n} Gäste`)}, ${numbers.format(here)} gerade da.`;
    if (all < limit) return `${counts} Es dürfen ${numbers.format(limit)} sein.`;
    return `${counts} Die Grenze ist ${numbers.format(limit)}, deshalb kann kein neuer Gast kommen.`;
  },
  none: 'Noch niemand ist mit dem Browser gekommen.',
  here: (since) => `Da seit ${since}`,
  away: (ago) => (ago === '' ? 'Weg' : `Weg, zuletzt da ${ago}`),
  choosing: 'Wählt einen Spitznamen',
  nameless: 'Neuer Gast',
  remove: 'Entfernen',
  removeLabel: (name) => `${name} entfernen`,
  removeMeans: (name) =>
    `${name} verlässt diesen Chat. Der Spitzname wird frei, und die Nachrichten von ${name} werden auf deinem Computer gelöscht. ${name} darf wiederkommen.`,
  removeNow: (name) => `${name} jetzt entfernen`,
  removed: (name) => `${name} ist entfernt.`,
  bar: 'Aussperren',
  barLabel: (name) => `${name} aussperren`,
  barMeans: (name) =>
    `${name} wird weggeschickt, und dieser Browser darf nicht wiederkommen. Ein Browser, dessen Daten gelöscht wurden, gilt als ein anderer.`,
  barNow: (name) => `${name} jetzt aussperren`,
  barred: (name) => `${name} darf nicht wiederkommen.`,

  rules: 'Regeln',
  asks: 'Bei jedem neuen Gast fragen',
  asksHint: 'Auch bei denen mit dem Link. Besuch ohne Link wartet immer auf dich.',
  limit: 'Wie viele Gäste es geben darf',
  limitHint: 'Von 1 bis 200. Eine kleinere Zahl entfernt niemanden.',
  limitWrong: 'Gib eine ganze Zahl von 1 bis 200 ein.',
  save: 'Speichern',
  limitSaved: (limit) => `${numbers.format(limit)} Gäste dürfen kommen.`,
};

export const manageGuestsTexts = (
  { en: manageGuestsInEnglish, de: manageGuestsInGerman } satisfies Record<Language, ManageGuestsTexts>
)[language];
