import { describe, expect, it } from 'vitest';
import { deAccess } from './de-access.ts';
import { enAccess } from './en-access.ts';
import { DateFormat } from './date-format.ts';
import { checkTexts } from './check.ts';
import { checkInGerman } from './check-de.ts';
import { de } from './de.ts';
import { deConnection } from './de-connection.ts';
import { deGuest } from './de-guest.ts';
import { deOperator } from './de-operator.ts';
import { deFirstScreen } from './de-first-screen.ts';
import { deRooms } from './de-rooms.ts';
import { deSearch } from './de-search.ts';
import { deSettings } from './de-settings.ts';
import { guestNoticeInEnglish, guestNoticeInGerman } from './guest-notice.ts';
import { manageGuestsInEnglish, manageGuestsInGerman } from './manage-guests.ts';
import { en } from './en.ts';
import { keyListInEnglish, keyListInGerman } from './key-list.ts';
import { enConnection } from './en-connection.ts';
import { enGuest } from './en-guest.ts';
import { enOperator } from './en-operator.ts';
import { enFirstScreen } from './en-first-screen.ts';
import { enRooms } from './en-rooms.ts';
import { enSearch } from './en-search.ts';
import { enSettings } from './en-settings.ts';
import { messageTextsInEnglish, messageTextsInGerman } from './message-texts.ts';
import { countedIn } from './plural.ts';
import { noticeLines } from './room-notices.ts';
import { bob, me } from '../../../shared/model/samples.ts';

/** The texts that come later are in catalogues of their own. Tests have the English words of the check. */
const english = {
  ...en,
  firstScreenLater: enFirstScreen,
  accessLater: enAccess,
  roomsLater: enRooms,
  searchLater: enSearch,
  settingsLater: enSettings,
  operatorLater: enOperator,
  connectionLater: enConnection,
  check: checkTexts,
  guest: guestNoticeInEnglish,
  guestPage: enGuest,
  manageGuests: manageGuestsInEnglish,
  keyList: keyListInEnglish,
  messages: messageTextsInEnglish,
};
const german = {
  ...de,
  firstScreenLater: deFirstScreen,
  accessLater: deAccess,
  roomsLater: deRooms,
  searchLater: deSearch,
  settingsLater: deSettings,
  operatorLater: deOperator,
  connectionLater: deConnection,
  check: checkInGerman,
  guest: guestNoticeInGerman,
  guestPage: deGuest,
  manageGuests: manageGuestsInGerman,
  keyList: keyListInGerman,
  messages: messageTextsInGerman,
};

/** All texts below a part of a catalogue, by their path. */
function textsIn(part: unknown, path = ''): readonly (readonly [path: string, text: unknown])[] {
  if (typeof part !== 'object' || part === null) return [[path, part]];
  return Object.entries(part).flatMap(([key, each]) => textsIn(each, path === '' ? key : `${path}.${key}`));
}

type AnyText = (...values: readonly unknown[]) => string;
const isText = (text: unknown): text is AnyText => typeof text === 'function';

/** Values that are found again in a text. Each text takes at least one kind of them. */
const numbers = [7001, 7002, 7003];
const words = ['word0x', 'word1x', 'word2x'];
const toast = { code: 'internal', room: 'word0x', name: 'word1x', from: 'word2x', count: 7001, others: 7002 };
const attempt = { state: 'answered', afterMs: 7001 };
const causes = [
  { code: 'moved', address: 'word0x' },
  { code: 'own-firewall', firewall: 'ufw', subnet: 'word0x' },
];
const otherSide = { state: 'answered', attempts: [], arrived: false, firewall: 'word0x' };
const checked = [attempt, otherSide, 'answers-only', ...causes];
const kindsOfValues = [words, numbers, [words], ...checked.map((value) => [value])];

/** Returns which values a text contains. Null: it does not take them. */
function valuesIn(text: AnyText, values: readonly unknown[]): readonly unknown[] | null {
  try {
    const written = text(...values).replaceAll(/[.,\u00A0](?=\d{3})/gu, '');
    return written.includes('NaN')
      ? null
      : [...words, ...numbers].filter((value) => written.includes(String(value)));
  } catch {
    return null;
  }
}

describe('UI 47: the two catalogues', () => {
  it('have the same texts', () => {
    const paths = (catalogue: unknown) =>
      textsIn(catalogue)
        .map(([path]) => path)
        .toSorted();
    expect(paths(german)).toEqual(paths(english));
  });

  it('say the same values in each text', () => {
    const byPath = new Map(textsIn(german));
    const compared = textsIn(english).flatMap(([path, text]) => {
      const other = byPath.get(path);
      if (!isText(text) || !isText(other)) return [];
      const kinds = path.startsWith('toasts.words') ? [[toast]] : kindsOfValues;
      const pairs = kinds.map((values) => [valuesIn(text, values), valuesIn(other, values)] as const);
      return [{ path, pairs: pairs.filter((pair) => !pair.includes(null)) }];
    });
    expect(compared.length).toBeGreaterThan(100);
    expect(compared.filter(({ pairs }) => pairs.length === 0)).toEqual([]);
    for (const { path, pairs } of compared)
      for (const [original, translated] of pairs) expect([path, translated]).toEqual([path, original]);
  });

  it('leave no text empty, and write no straight quotation mark', () => {
    const written = textsIn(german).flatMap(([path, text]) =>
      typeof text === 'string' ? [[path, text]] : [],
    );
    expect(written.filter(([, text]) => text?.trim() === '' || /["'“].*“|"/u.test(text ?? ''))).toEqual([]);
  });
});

describe('UI 47: numbers, plurals and dates', () => {
  it('follow the rules of the language', () => {
    const [inEnglish, inGerman] = [countedIn('en'), countedIn('de')];
    const both = (count: number) => [
      inEnglish(count, 'one', (n) => `${n} others`),
      inGerman(count, 'eins', (n) => `${n} andere`),
    ];
    expect(both(1)).toEqual(['one', 'eins']);
    expect(both(0)).toEqual(['0 others', '0 andere']);
    expect(both(2)).toEqual(['2 others', '2 andere']);
    expect(both(1_000)).toEqual(['1,000 others', '1.000 andere']);
    expect(deConnection.milliseconds(1.25)).toBe('1,3 ms');
    expect(de.rooms.names(['bob', 'carol', 'dave'])).toBe('bob, carol und dave');
  });

  it('name one address of this computer in a check as one', () => {
    const [lan, vpn] = ['192.168.1.7/24', '10.8.0.2/16'];
    const both = (...addresses: readonly string[]) =>
      [checkTexts, checkInGerman].map(({ networks }) => networks(addresses));
    expect(both(lan)).toEqual([`It has the address ${lan}.`, `Er hat die Adresse ${lan}.`]);
    expect(both(lan, vpn)).toEqual([
      `It has the addresses ${lan}, ${vpn}.`,
      `Er hat die Adressen ${lan}, ${vpn}.`,
    ]);
  });

  it('have German dates', () => {
    const berlin = new DateFormat(de, 'Europe/Berlin', 'de');
    const seen = Date.parse('2026-10-07T12:03:00Z');
    expect(berlin.clock(seen)).toBe('14:03');
    expect(berlin.dayLine(seen, seen)).toBe('Heute');
    expect(berlin.dayLine(seen, Date.parse('2026-10-12T12:00:00Z'))).toBe('Mittwoch, 7. Oktober');
    expect(berlin.ago(seen, Date.parse('2026-10-07T13:02:59Z'))).toBe('vor 59 Minuten');
    expect(berlin.ago(seen, Date.parse('2026-10-12T12:00:00Z'))).toBe('am 7. Okt.');
  });

  it('say in German who did something to a member, also where one of them is the user', () => {
    const lines = (author: typeof me, member: typeof me) =>
      noticeLines(
        [{ author, atMs: 0, entry: { kind: 'invite', member } }],
        (key) => (key === bob ? 'bob' : null),
        { me, runsServer: false },
        de,
      );
    expect(lines(me, bob)).toEqual(['Du hast bob eingeladen']);
    expect(lines(bob, me)).toEqual(['bob hat dich eingeladen']);
  });
});
