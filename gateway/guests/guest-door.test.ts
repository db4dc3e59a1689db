import { describe, expect, it } from 'vitest';
import { bridgeVersion } from '../../shared/bridge/frames.ts';
import type { BridgeEvent } from '../../shared/bridge/events.ts';
import { fourWords } from '../../shared/guests/words.ts';
import { guestPagesMax, guestsProvingMax } from '../../shared/limits.ts';
import { guestKeysOf } from '../../web/src/guest/noise.ts';
import { guestBlake2b } from '../crypto/guest-crypto.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { ScriptedGateway } from '../terminal/frontend/scripted-gateway.ts';
import { arrivalMoment, DoorUnderTest, wordList } from './door-under-test.ts';
import { PageUnderTest, turnOver, type PageOptions } from './page-under-test.ts';

const random = new SeededRandom(7);
const bytes = (byteCount: number): Uint8Array => random.bytes(byteCount);

/** A host that takes guests, without a network. */
class Host {
  readonly gateway = new ScriptedGateway();
  readonly timers: (() => void)[] = [];
  openSessions = 0;
  readonly #atDoor = new DoorUnderTest({
    random: bytes,
    sit: async () => {
      await turnOver();
      this.openSessions++;
      return { api: this.gateway, end: () => (this.openSessions -= 1) };
    },
    after: (_waitMs, callback) => {
      this.timers.push(callback);
      return () => void this.timers.splice(this.timers.indexOf(callback), 1);
    },
  });
  readonly desk = this.#atDoor.desk;
  readonly door = this.#atDoor.door;

  page({ byLink = true, secret, ...options }: DoorPageOptions = {}): PageUnderTest {
    const { link } = this.#atDoor;
    return new PageUnderTest({
      accept: (socket, host) => this.door.accept(socket, host),
      link: byLink ? { ...link, secret: secret ?? link.secret } : null,
      random: bytes,
      ...options,
    });
  }
}

interface DoorPageOptions extends Pick<PageOptions, 'keys' | 'name' | 'from'> {
  readonly byLink?: boolean;
  readonly secret?: Uint8Array;
}

const waiting = (count: number): BridgeEvent => ({ type: 'waiting-messages', count });

describe('the page of a guest', () => {
  it('comes in by the link: snapshot, events and answers of its own role', async () => {
    const host = new Host();
    const page = await host.page().come();
    expect([page.isAdmitted, host.desk.list().guests.map(({ name }) => name)]).toEqual([true, ['Zoë']]);
    page.tell({ type: 'enter', version: bridgeVersion });
    host.gateway.tell(waiting(3));
    page.tell({ type: 'command', id: '1', command: { type: 'register' } });
    await turnOver();
    expect(page.frames.map(({ type }) => type)).toEqual(['snapshot', 'event', 'answer']);
    page.close(1000);
    expect(host.openSessions).toBe(0);
  });

  it('without the link waits for the host, and both see the same words', async () => {
    const host = new Host();
    const page = await host.page({ byLink: false }).come();
    const [visitor] = host.desk.list().waiting;
    expect(page.isAdmitted).toBe(false);
    expect(visitor?.words).toBe(fourWords(page.handshakeHash ?? bytes(64), wordList, guestBlake2b).join(' '));
    expect(host.desk.admit(arrivalMoment, visitor?.number ?? 0)).toBe(true);
    await turnOver();
    expect([page.isAdmitted, host.openSessions]).toEqual([true, 1]);
  });

  it('that stops waiting is no longer on the list of the host', async () => {
    const host = new Host();
    const page = await host.page({ byLink: false }).come();
    page.close(1000);
    expect(host.desk.list().waiting).toEqual([]);
  });

  it('gets nothing with another secret, an unusable name, or text in place of bytes', async () => {
    const host = new Host();
    const wrong = await host.page({ secret: bytes(32) }).come();
    const unnamed = await host.page({ name: '  ' }).come();
    const talker = host.page();
    talker.say(Buffer.from('{"type":"hello"}'), false);
    const noise = host.page();
    noise.say(bytes(300));
    expect([wrong, unnamed, talker, noise].map(({ ended, frames }) => [ended, frames])).toEqual([
      ['secret-wrong', []],
      ['malformed', []],
      ['malformed', []],
      [expect.any(String), []],
    ]);
    expect([host.desk.list().guests, host.openSessions]).toEqual([[], 0]);
  });

  it('ends when its host removes the guest, bars it or takes no guests, with the reason', async () => {
    const host = new Host();
    const [one, two, three] = [
      await host.page().come(),
      await host.page().come(),
      await host.page({ byLink: false }).come(),
    ];
    host.desk.remove(1);
    host.desk.bar(2);
    host.desk.switchOff();
    expect([one.ended, two.ended, three.ended, host.openSessions]).toEqual([
      'removed',
      'barred',
      'switched-off',
      0,
    ]);
    expect((await host.page().come()).ended).toBe('secret-wrong');
  });

  it('that sends what is no frame of its own is told so, and ends', async () => {
    const host = new Host();
    const page = await host.page().come();
    page.tell({ type: 'hello', version: bridgeVersion, nonce: 'N'.repeat(43) });
    expect([page.frames.map(({ type }) => type), page.ended]).toEqual([['protocol-error'], '1008']);
    expect(host.openSessions).toBe(0);
  });

  it('with a changed message ends, and its role hears nothing of it', async () => {
    const host = new Host();
    const page = await host.page().come();
    const [message = bytes(1)] = page.channel.send(JSON.stringify({ type: 'enter', version: bridgeVersion }));
    page.say(Uint8Array.from(message as Uint8Array, (byte, index) => (index === 3 ? byte ^ 1 : byte)));
    expect([page.ended, page.frames, host.openSessions]).toEqual(['not-genuine', [], 0]);
  });
});

describe('too many pages', () => {
  it('of one guest: the oldest one ends', async () => {
    const host = new Host();
    const keys = guestKeysOf(bytes(32));
    const pages: PageUnderTest[] = [];
    for (let count = 0; count <= guestPagesMax; count++) pages.push(await host.page({ keys }).come());
    expect(pages.map(({ ended }) => ended)).toEqual(['busy', ...Array<undefined>(guestPagesMax)]);
    expect(host.openSessions).toBe(guestPagesMax);
  });

  it('that prove nothing: the address with the most of them loses its oldest one', async () => {
    const host = new Host();
    const early = host.page({ from: '10.0.0.8' });
    const many = Array.from({ length: guestsProvingMax }, () => host.page({ from: '10.0.0.9' }));
    expect([early.ended, many.filter(({ ended }) => ended === 'cut off').length]).toEqual([undefined, 1]);
    expect(many[0]?.ended).toBe('cut off');
    expect((await early.come()).isAdmitted).toBe(true);
  });

  it('that prove nothing: a device with many IPv6 addresses counts as one', () => {
    const host = new Host();
    const early = [1, 2].map(() => host.page({ from: 'fd00:0:0:1::7' }));
    const many = Array.from({ length: guestsProvingMax }, (_, index) =>
      host.page({ from: `fd00:0:0:2::${index + 1}` }),
    );
    expect(early.map(({ ended }) => ended)).toEqual([undefined, undefined]);
    expect(many.filter(({ ended }) => ended === 'cut off')).toEqual(many.slice(0, 2));
  });

  it('that prove nothing are cut off after some time', () => {
    const host = new Host();
    const silent = host.page();
    for (const timer of [...host.timers]) timer();
    expect([silent.ended, host.timers]).toEqual(['cut off', []]);
  });
});
