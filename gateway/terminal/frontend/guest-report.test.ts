import { describe, expect, it } from 'vitest';
import type { Guests } from '../../../shared/bridge/guests.ts';
import { WaitingGuests } from './guest-lines.ts';
import { GuestReport, type GuestReportOptions } from './guest-report.ts';

const link = 'http://192.168.1.7:5080/#04c8h4gr';

function guests(change: Partial<Guests> = {}): Guests {
  return {
    isOn: true,
    link,
    origins: ['http://192.168.1.7:5080'],
    limit: 50,
    asks: false,
    fault: null,
    guests: [],
    waiting: [],
    ...change,
  };
}

function visitor(number: number, hasLink = true): Guests['waiting'][number] {
  return { number, name: `yan${number}`, words: 'able river stone cloud', host: '192.168.1.20', hasLink };
}

/** A report with all that it printed. */
function report(change: Partial<GuestReportOptions> = {}) {
  const printed: string[] = [];
  const options = { isServer: true, isWindow: true, besidePrompt: false, ...change };
  const drawCode = (text: string) => Promise.resolve([`code of ${text}`]);
  return { printed, told: new GuestReport({ ...options, drawCode, print: (line) => printed.push(line) }) };
}

describe('the report of guests', () => {
  it('shows link and code once, as soon as guests can come', async () => {
    const { told, printed } = report();
    await told.take(null, 0);
    await told.take(guests({ link: null }), 0);
    expect(printed).toEqual([]);
    await told.take(guests(), 0);
    await told.take(guests(), 0);
    expect(printed).toEqual([
      'Others on this network join by browser: they open this link, or scan the code.',
      link,
      'code of http://192.168.1.7:5080/#04C8H4GR',
      'Each person that has the link can come in, until you type guests off or guests new.',
    ]);
  });

  it('says why no guest can come', async () => {
    const { told, printed } = report({ isWindow: false });
    await told.take(guests({ link: null, fault: 'guest-port-taken' }), 0);
    expect(printed).toEqual([expect.stringContaining('--guests-at')]);
  });

  it('shows no link in a log, because it holds a secret', async () => {
    const server = report({ isWindow: false });
    await server.told.take(guests(), 0);
    const app = report({ isWindow: false, isServer: false });
    await app.told.take(guests(), 0);
    const prompt = report({ isWindow: false, isServer: false, besidePrompt: true });
    await prompt.told.take(guests(), 0);
    expect([...server.printed, ...prompt.printed, ...app.printed]).toEqual([
      'Others on this network can join by browser. Type guests to see the link.',
      'Others on this network can join by browser. Type guests to see the link.',
      'Others on this network can join by browser. The app shows the link.',
    ]);
  });

  it('shows no link if guests are switched on later: the user sees it at that place', async () => {
    const { told, printed } = report();
    await told.take(guests({ isOn: false, link: null }), 0);
    await told.take(guests(), 0);
    expect(printed).toEqual([]);
  });

  it('tells of each visitor once, and beside a prompt of no visitor', async () => {
    const window = report();
    const waits = guests({ isOn: false, link: null, waiting: [visitor(1), visitor(2, false)] });
    await window.told.take(waits, 0);
    await window.told.take(waits, 60_000);
    expect(window.printed).toEqual([
      'yan1 at 192.168.1.20 asks to join by browser. Type admit 1 to let them in, or remove 1.',
      'yan2 at 192.168.1.20 asks to join by browser, without the link. If the screen there shows "able river stone cloud", type admit 2. If not, type bar 2.',
    ]);
    const prompt = report({ besidePrompt: true });
    await prompt.told.take(waits, 0);
    expect(prompt.printed).toEqual([]);
  });
});

describe('visitors that wait', () => {
  it('do not flood the window, and are told later if they still wait', () => {
    const told = new WaitingGuests();
    const many = guests({ waiting: Array.from({ length: 8 }, (_, index) => visitor(index + 1)) });
    expect(told.take(many, 0)).toHaveLength(5);
    expect(told.take(many, 5_000)).toHaveLength(0);
    expect(told.take(many, 25_000)).toHaveLength(2);
    expect(told.take(many, 3_600_000)).toHaveLength(1);
    // Visitors that come and go in masses get one line in 10 s.
    let lines = 0;
    for (let nowMs = 3_600_000; nowMs < 3_700_000; nowMs += 250)
      lines += told.take(guests({ waiting: [visitor(nowMs)] }), nowMs).length;
    expect(lines).toBeLessThanOrEqual(4 + 10);
  });

  it('can have a name that would change the screen, and do not', () => {
    const hostile = { ...visitor(1), name: 'yan\u001B[2J' };
    expect(new WaitingGuests().take(guests({ waiting: [hostile] }), 0)[0]).toContain('yan␛[2J at');
  });
});
