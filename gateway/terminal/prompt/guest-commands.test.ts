import { describe, expect, it } from 'vitest';
import type { Guests } from '../../../shared/bridge/guests.ts';
import { done, refused } from '../../../shared/command-result.ts';
import { runLines } from './prompt-under-test.ts';

const view: Guests = {
  isOn: true,
  link: 'http://192.168.1.7:5080/#04c8h4gr',
  origins: ['http://192.168.1.7:5080'],
  limit: 50,
  asks: true,
  fault: null,
  guests: [
    { number: 1, name: 'zoe', state: 'here', host: '192.168.1.20', sinceMs: Date.now() },
    { number: 2, name: 'yan', state: 'away', host: null, sinceMs: Date.now() - 2 * 60 * 60_000 },
  ],
  waiting: [
    { number: 4, name: 'una', words: 'able river stone cloud', host: '192.168.1.21', hasLink: false },
    { number: 5, name: 'tom', words: 'cloud stone river able', host: '192.168.1.22', hasLink: true },
  ],
};

async function printed(lines: string, guests: Guests | null = view): Promise<readonly string[]> {
  const run = await runLines({ guests }, lines, () => done);
  return run.printed.filter((line) => !line.includes('asks to join'));
}

describe('guests', () => {
  it('alone lists link, guests and visitors, each with a number', async () => {
    const [, link, , count, zoe, yan, una, tom] = await printed('guests');
    expect([link, count, una, tom]).toEqual([
      view.link,
      '2 of at most 50 guests:',
      '4 | una | waits at 192.168.1.21, without the link | able river stone cloud',
      '5 | tom | waits at 192.168.1.22 | cloud stone river able',
    ]);
    expect(zoe).toMatch(/^1 \| zoe \| here, came .+, at 192\.168\.1\.20$/u);
    expect(yan).toMatch(/^2 \| yan \| away, last seen /u);
  });

  it('shows one that chooses a nickname without the one that it typed', async () => {
    const unnamed = {
      number: 3,
      name: '',
      state: 'choosing',
      host: '192.168.1.20',
      sinceMs: Date.now(),
    } as const;
    const lines = await printed('guests', { ...view, guests: [unnamed], waiting: [] });
    expect(lines.at(-1)).toMatch(/^3 \| New guest \| is choosing a nickname, came .+, at 192\.168\.1\.20$/u);
  });

  it('says why no guest can come', async () => {
    expect(await printed('guests', null)).toEqual([expect.stringContaining('Join one first')]);
    const off = { ...view, isOn: false, link: null, guests: [], waiting: [] };
    expect(await printed('guests', off)).toEqual([
      'No guests can come. Type guests on to let others join by browser.',
      'There are no guests.',
    ]);
    expect((await printed('guests', { ...view, link: null }))[0]).toContain('no local network');
    expect((await printed('guests', { ...view, link: null, fault: 'guest-port-taken' }))[0]).toContain(
      '--guests-at',
    );
  });

  it('on, off and new switch guests on and off, and make another link', async () => {
    const run = await runLines({ guests: view }, 'guests on\nguests new\nguests off', () => done);
    expect(run.commands).toEqual([
      { type: 'take-guests', on: true },
      { type: 'new-guest-link' },
      { type: 'take-guests', on: false },
    ]);
    expect(run.printed.filter((line) => line === view.link)).toHaveLength(2);
    expect(run.printed.at(-1)).toContain('the link no longer works');
  });

  it('on says the reason of a refusal in place of a link', async () => {
    const run = await runLines({ guests: { ...view, waiting: [] } }, 'guests on', () =>
      refused('guest-port-taken'),
    );
    expect(run.printed).toEqual([expect.stringContaining('--guests-at')]);
  });
});

describe('a guest or visitor', () => {
  it('is let in, sent away or barred by its number', async () => {
    const run = await runLines({ guests: view }, 'admit 4\nremove 5\nbar 1', () => done);
    expect(run.commands).toEqual([
      { type: 'admit-guest', number: 4 },
      { type: 'remove-guest', number: 5 },
      { type: 'bar-guest', number: 1 },
    ]);
    expect(run.printed.slice(2)).toEqual([
      'una can come in.',
      'tom is sent away, and may ask again.',
      'zoe is sent away, and cannot come back with this browser.',
    ]);
  });

  it('that is gone is refused with a sentence', async () => {
    const run = await runLines({ guests: { ...view, waiting: [] } }, 'admit 9', () =>
      refused('unknown-guest'),
    );
    expect(run.printed).toEqual([expect.stringContaining('Look at the list of guests')]);
  });

  it('that waits is told when it comes, with the words to compare', async () => {
    const run = await runLines({ guests: view }, '', () => done);
    expect(run.printed).toEqual([
      expect.stringContaining('"able river stone cloud", type admit 4'),
      expect.stringContaining('type admit 5'.replace('type', 'Type')),
    ]);
  });
});

describe('the choices of the host', () => {
  it('are the number of guests, and whether each has to be let in', async () => {
    const run = await runLines({ guests: view }, 'guest-limit 10\nguest-asks on\nguest-asks off', () => done);
    expect(run.commands).toEqual([
      { type: 'limit-guests', limit: 10 },
      { type: 'ask-for-guests', asks: true },
      { type: 'ask-for-guests', asks: false },
    ]);
  });

  it('end at 200 guests', async () => {
    const run = await runLines({ guests: view }, 'guest-limit 0\nguest-limit 201', () => done);
    expect(run.commands).toEqual([]);
    expect(run.printed.at(-1)).toBe('The number of guests is a whole number from 1 to 200.');
  });
});
