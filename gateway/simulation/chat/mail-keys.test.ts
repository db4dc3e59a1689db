import { describe, expect, it } from 'vitest';
import { envelopeFormat } from '../../../shared/chat/envelope.ts';
import type { MailKey, MailKeyKind } from '../../../shared/chat/mail-key.ts';
import { installationIdFromBytes, type MessageId } from '../../../shared/ids.ts';
import { mailKeyRequestsBurst, oneTimeKeysLow, oneTimeKeysMax } from '../../../shared/limits.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { unlessDiskFails } from './faulty-disk.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { dayMs, MailFixture, minuteMs } from './mail-fixture.ts';
import { ManualClientAtServer, manualInstallation, manualKeyId } from './manual-client.ts';

/** How many private one-time keys this client has. */
function privateKeysOf(one: SimulatedClient): number {
  return one.store.mailKeys.count('one-time');
}

describe('mail keys', () => {
  it('PROTOCOL 9.21: a client gives the server a weekly key and 64 one-time keys, and gives more when few are left', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    expect(chat.keysOf(bob)).toBe(oneTimeKeysMax);
    expect(bob.store.mailKeys.all('weekly')).toHaveLength(1);
    // Several users take their share.
    for (let index = 0; privateKeysOf(bob) === oneTimeKeysMax && index < 12; index++) {
      const hand = new ManualClientAtServer(
        chat.simulation,
        chat.server,
        `10.0.0.${100 + index}`,
        20 + index,
      );
      hand.register(1, `hand${index}`);
      for (let count = 0; count < 8; count++)
        hand.tell({ kind: 'mail-key-request', peer: bob.key, oneTime: true });
    }
    expect(privateKeysOf(bob)).toBeGreaterThan(2 * oneTimeKeysMax - oneTimeKeysLow);
    expect(chat.keysOf(bob)).toBeGreaterThan(oneTimeKeysLow);
    chat.write(alice, bob, 'still works');
    chat.check();
  });

  it('PROTOCOL 9.22: a server hands out keys of the installation that registered last, valid ones, and each one-time key once', () => {
    const chat = new MailFixture();
    const [owner, asker, other] = [9, 10, 11].map(
      (seed) => new ManualClientAtServer(chat.simulation, chat.server, `10.0.0.${90 + seed}`, seed),
    ) as [ManualClientAtServer, ManualClientAtServer, ManualClientAtServer];
    for (const [index, one] of [owner, asker, other].entries()) one.register(1, `user${index}`);
    const key = (number: number, kind: MailKeyKind, expiresAtMs = 8e15): MailKey => ({
      keyId: manualKeyId(number),
      kind,
      publicKey: new Uint8Array(32).fill(number),
      expiresAtMs,
      signature: new Uint8Array(64),
    });
    const ask = (one: ManualClientAtServer): MailKey | undefined => {
      one.tell({ kind: 'mail-key-request', peer: owner.key, oneTime: true });
      return one.heardOf('mail-key').at(-1)?.key;
    };
    expect(ask(asker)).toBeUndefined();
    const oneTime = [key(2, 'one-time', -8e15), key(3, 'one-time'), key(4, 'one-time')];
    owner.tell({ kind: 'mail-keys', installation: manualInstallation, weekly: key(1, 'weekly'), oneTime });
    expect(owner.heardOf('mail-keys-kept')).toMatchObject([{ weekly: manualKeyId(1), oneTimeLeft: 3 }]);
    expect([asker, asker, other, other].map((one) => ask(one)?.keyId)).toEqual([3, 1, 4, 1].map(manualKeyId));
    // Keys of another installation than the one that is registered are not kept.
    const another = installationIdFromBytes(new Uint8Array(8).fill(1));
    owner.tell({ kind: 'mail-keys', installation: another, weekly: key(5, 'weekly'), oneTime: [] });
    expect(owner.heardOf('error').at(-1)).toMatchObject({ code: 'malformed', about: 'mail-keys' });
    owner.register(2, 'user0', { installation: another });
    expect(ask(asker)).toBeUndefined();
    expect(owner.heardOf('mail-keys-wanted').at(-1)?.oneTimeLeft).toBe(0);
  });

  it('PROTOCOL 9.27: each delivered message uses up one private one-time key, and receipts use up none', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    const before = [privateKeysOf(alice), privateKeysOf(bob)];
    for (const text of ['one', 'two', 'three']) {
      chat.write(alice, bob, text);
      chat.settle(`${text} is delivered`, 'delivered');
    }
    expect([privateKeysOf(alice), privateKeysOf(bob)]).toEqual([before[0], before[1]! - 3]);
    expect(chat.keysOf(bob)).toBe(oneTimeKeysMax - 3);
    expect(chat.keysOf(alice)).toBe(oneTimeKeysMax);
    chat.check();
  });

  it('PROTOCOL 9.27: a crash at any write leaves a message on disk without its one-time key, or its key without the message', () => {
    const outcomes = new Set<string>();
    let hasCrashed = true;
    // One write later each time, until the message is delivered before the crash.
    for (let atWrite = 1; hasCrashed; atWrite++) {
      const chat = new MailFixture();
      const [alice, bob] = chat.apart('alice', 'bob');
      chat.leaves(bob, alice);
      chat.write(alice, bob, 'once');
      chat.settle('stored', 'stored');
      const { id } = chat.sent[0]!;
      const keyId = chat.server.store.mailboxes.keyIdOf(bob.key, alice.key, id)!;
      expect(bob.store.mailKeys.find(keyId)?.kind).toBe('one-time');
      bob.disk.doom({ atWrite, edge: 'before' }, () => bob.kill());
      unlessDiskFails(() => chat.returns(bob));
      chat.simulation.pass(1_000);
      hasCrashed = !bob.isRunning;
      bob.disk.revive();
      if (hasCrashed) bob.start();
      const isStored = bob.store.messages.find(id) !== undefined;
      expect(bob.store.mailKeys.find(keyId) === undefined, `write ${atWrite}`).toBe(isStored);
      outcomes.add(`${hasCrashed ? 'crashed' : 'done'}, ${isStored ? 'message' : 'key'}`);
      chat.simulation.faults.length = 0;
      chat.check();
    }
    expect([...outcomes]).toEqual(['crashed, key', 'crashed, message', 'done, message']);
  });

  it('PROTOCOL 9.23: a greedy asker gets its share, others still get theirs, and the weekly key when none is left', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    chat.leaves(bob, alice);
    const handed = (hand: ManualClientAtServer, kind: 'weekly' | 'one-time'): string[] =>
      hand.heardOf('mail-key').flatMap(({ key }) => (key?.kind === kind ? [key.keyId] : []));
    const greedy = new ManualClientAtServer(chat.simulation, chat.server, '10.0.0.99', 9);
    greedy.register(1, 'greedy');
    const ask = (hand: ManualClientAtServer, count: number): void => {
      for (let number = 0; number < count; number++)
        hand.tell({ kind: 'mail-key-request', peer: bob.key, oneTime: true });
    };
    ask(greedy, 40);
    const taken = handed(greedy, 'one-time').length;
    expect(taken).toBeLessThan(oneTimeKeysMax / 3);
    expect(handed(greedy, 'weekly')).toHaveLength(40 - taken);
    // Twelve others: each gets some until none is left, and no key is handed out twice.
    const all = [...handed(greedy, 'one-time')];
    for (let index = 0; index < 20; index++) {
      const hand = new ManualClientAtServer(
        chat.simulation,
        chat.server,
        `10.0.0.${110 + index}`,
        30 + index,
      );
      hand.register(1, `hand${index}`);
      const left = chat.keysOf(bob);
      ask(hand, 4);
      if (left > 0) expect(handed(hand, 'one-time').length).toBeGreaterThan(0);
      all.push(...handed(hand, 'one-time'));
    }
    expect(new Set(all).size).toBe(all.length);
    chat.write(alice, bob, ...Array.from({ length: 30 }, (_, number) => `text ${number}`));
    chat.settle('all stored', 'stored');
    chat.returns(bob);
    chat.check();
  });

  it('PROTOCOL 9.23: a client that asks too often gets an error', () => {
    const chat = new MailFixture();
    const [bob] = chat.apart('bob');
    const hand = new ManualClientAtServer(chat.simulation, chat.server, '10.0.0.99', 9);
    hand.register(1, 'hand');
    for (let number = 0; number < 2 * mailKeyRequestsBurst; number++)
      hand.say(hand.server, { kind: 'mail-key-request', peer: bob.key, oneTime: false }, 1);
    chat.simulation.pass(100);
    expect(hand.heardOf('error')).toContainEqual(
      expect.objectContaining({ code: 'too-often', about: 'mail-key-request' }),
    );
    expect(hand.heardOf('mail-key').length).toBeGreaterThanOrEqual(mailKeyRequestsBurst);
    expect(hand.heardOf('mail-key').length).toBeLessThan(2 * mailKeyRequestsBurst);
  });

  it('PROTOCOL 9.24: a key that another identity has signed is not used, and nothing is sealed to it', () => {
    const chat = new MailFixture();
    const [alice, bob, eve] = chat.apart('alice', 'bob', 'eve');
    const evesKeys: ProtocolMessageOf<'mail-key'>[] = [];
    chat.server.byzantineReplies = (to, message) => {
      if (message.kind === 'mail-key' && message.peer === eve.key) evesKeys.push(message);
      const isLie = message.kind === 'mail-key' && message.peer === bob.key && to === alice.key;
      return [[to, isLie ? { ...evesKeys[0]!, peer: bob.key } : message]];
    };
    chat.write(alice, eve, 'to eve');
    chat.settle('eve has it', 'delivered');
    const id = alice.say(bob, 'for bob alone');
    chat.simulation.pass(2 * minuteMs);
    expect(evesKeys.length).toBeGreaterThan(0);
    expect(alice.stateOf(id)).toBe('waiting');
    expect(bob.textsFrom(alice)).toEqual([]);
    chat.server.byzantineReplies = undefined;
    chat.sent.push({ from: alice, to: bob, text: 'for bob alone', id });
    chat.check();
  });

  it('PROTOCOL 9.21: a weekly key is replaced after a week, opens mail for 35 days more, and is then deleted', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    const [first] = bob.store.mailKeys.all('weekly');
    chat.passDays(8, alice, bob);
    chat.simulation.until('renewed', () => bob.store.mailKeys.all('weekly')[0]?.replacedAtMs !== null);
    const weekly = bob.store.mailKeys.all('weekly');
    expect(weekly).toHaveLength(2);
    expect(weekly[0]).toMatchObject({ keyId: first!.keyId, replacedAtMs: expect.any(Number) as number });
    expect(chat.server.store.mailKeys.weekly(bob.key, bob.installation)?.keyId).toBe(weekly[1]!.keyId);
    chat.passDays(36, alice, bob);
    expect(bob.store.mailKeys.find(first!.keyId)).toBeUndefined();
    expect(bob.store.mailKeys.all('weekly').length).toBeLessThan(8);
    chat.write(alice, bob, 'a month later');
    chat.check();
  }, 120_000);

  it.each([
    ['back', [-200 * dayMs]],
    ['ahead', [400 * dayMs]],
    ['back and right again', [-200 * dayMs, 0]],
  ] as const)(
    'PROTOCOL 9.21: the clock of the server is set %s, and mail and receipts go on without an hour of waiting',
    (_, settings) => {
      const chat = new MailFixture();
      const [alice, bob] = chat.apart('alice', 'bob');
      const rightMs = chat.serverHost.wallOffsetMs;
      for (const [index, setting] of settings.entries()) {
        chat.serverHost.wallOffsetMs = rightMs + setting;
        // A registration asks for the time. The other client has to learn it in another way.
        bob.kill();
        bob.start();
        chat.simulation.until('bob is back', () => bob.isOnline, minuteMs);
        chat.write(alice, bob, `after setting ${index}`);
        chat.write(bob, alice, `the answer ${index}`);
        chat.check();
      }
    },
  );

  it('a recipient that is away for 40 days gets what waits, and what was written to it on the last day', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    chat.server.operate((admin) => admin.setQuotas({ ...admin.quotas, ageMsMax: 90 * dayMs }));
    bob.kill();
    chat.simulation.until('bob is away', () => !alice.sees(bob), minuteMs);
    chat.write(alice, bob, ...Array.from({ length: 20 }, (_, number) => `on the first day ${number}`));
    chat.settle('stored', 'stored');
    chat.passDays(40, alice);
    chat.write(alice, bob, 'on the last day');
    chat.settle('stored', 'stored');
    bob.start();
    chat.check();
    // The weekly key that was used is still here, and its successor is made.
    expect(bob.store.mailKeys.all('weekly')).toHaveLength(2);
  }, 120_000);

  it('PROTOCOL 9.26: a recipient that is restored from a backup gets all, also what was sealed to keys that it lost', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    chat.write(alice, bob, 'before the backup');
    chat.settle('delivered', 'delivered');
    const backup = bob.disk.copy();
    chat.passDays(9, alice, bob);
    bob.kill();
    chat.simulation.until('bob is away', () => !alice.sees(bob), minuteMs);
    chat.write(alice, bob, ...Array.from({ length: 30 }, (_, number) => `while away ${number}`));
    chat.simulation.until('stored', () =>
      chat.sent.slice(1).every(({ id }) => alice.stateOf(id) === 'stored'),
    );
    bob.restore(backup);
    expect(privateKeysOf(bob)).toBe(0);
    bob.start();
    chat.simulation.until(
      'bob has all',
      () => bob.textsFrom(alice).length === chat.sent.length,
      5 * minuteMs,
    );
    chat.check();
  }, 60_000);

  it('PROTOCOL 9.25: mail for an installation that was replaced goes back after 7 days, and is sealed again for the new one', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    chat.leaves(bob, alice);
    chat.write(alice, bob, 'one', 'two');
    chat.settle('stored', 'stored');
    bob.kill();
    // Another data folder with the same key, without a backup.
    const moved = chat.simulation.copyOf(bob, chat.hostOf(bob), chat.server.address).start();
    chat.simulation.until('the new installation is online', () => moved.isOnline && alice.sees(moved));
    chat.passDays(6, alice, moved);
    expect(moved.textsFrom(alice)).toEqual([]);
    expect(chat.server.store.mailboxes.count(bob.key)).toBe(2);
    chat.passDays(1, alice, moved);
    chat.simulation.until('they come', () => moved.textsFrom(alice).length === 2, 10 * minuteMs);
    expect(moved.textsFrom(alice)).toEqual(['one', 'two']);
    chat.settle('alice knows', 'delivered');
    for (const { id } of chat.sent) expect(moved.timesAnnounced(id)).toBe(1);
    // Later messages are sealed for the new installation at once.
    const id = alice.say(moved, 'three');
    chat.simulation.until('three is delivered', () => alice.stateOf(id) === 'delivered');
  }, 60_000);

  it('PROTOCOL 9.25: an envelope for an installation that was replaced is refused at once, and a copy of a stored one is not', () => {
    const chat = new MailFixture();
    const [owner, sender] = [9, 10].map(
      (seed) => new ManualClientAtServer(chat.simulation, chat.server, `10.0.0.${90 + seed}`, seed),
    ) as [ManualClientAtServer, ManualClientAtServer];
    sender.register(1, 'sender');
    owner.register(1, 'owner');
    owner.tell({ kind: 'deregister', registration: 1 });
    const [first, second] = [chat.simulation.newMessageId(), chat.simulation.newMessageId()];
    const store = (id: MessageId): void =>
      sender.tell({
        kind: 'store',
        format: envelopeFormat,
        to: owner.key,
        type: 'text',
        id,
        keyId: manualKeyId(),
        sealed: new Uint8Array(300),
      });
    store(first);
    const another = installationIdFromBytes(new Uint8Array(8).fill(1));
    owner.register(2, 'owner', { installation: another });
    store(first);
    expect(sender.heardOf('stored').map(({ id }) => id)).toEqual([first, first]);
    expect(sender.heardOf('reject')).toEqual([]);
    store(second);
    const rejection = { id: second, code: 'unknown-mail-key', retryAfterMs: 1_000 };
    expect(sender.heardOf('reject')).toMatchObject([rejection]);
    // The former installation came back in a backup: its keys are here.
    owner.register(3, 'owner', { installation: another, formerInstallations: [manualInstallation] });
    store(second);
    expect(sender.heardOf('reject')).toHaveLength(1);
    expect(owner.heardOf('deliver').map(({ id }) => id)).toEqual([first, second]);
  });

  it('PROTOCOL 9.25: mail waits for an installation that registered last, however long it is away', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    chat.leaves(bob, alice);
    chat.write(alice, bob, 'patience');
    chat.settle('stored', 'stored');
    chat.passDays(20, alice);
    expect(chat.server.store.mailboxes.count(bob.key)).toBe(1);
    chat.returns(bob);
    chat.check();
  }, 60_000);

  it('PROTOCOL 9.28: a restored server has no one-time keys, gets new ones, and hands out none twice', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    const backup = chat.server.disk.copy();
    chat.leaves(bob, alice);
    chat.write(alice, bob, 'one', 'two');
    chat.settle('stored', 'stored');
    chat.server.kill();
    chat.server.restore(backup);
    expect([alice, bob].map((one) => chat.keysOf(one))).toEqual([0, 0]);
    chat.server.start();
    chat.simulation.until('alice is back', () => alice.isOnline, minuteMs);
    chat.write(alice, bob, 'three');
    chat.settle('stored again', 'stored');
    chat.returns(bob);
    chat.check();
    chat.simulation.until(
      'new keys',
      () => [alice, bob].every((one) => chat.keysOf(one) > oneTimeKeysLow),
      15_000,
    );
  });

  it('PROTOCOL 9.29: a receipt that its recipient cannot open is told again', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    chat.write(alice, bob, 'one');
    chat.settle('stored or delivered', 'delivered');
    const backup = alice.disk.copy();
    chat.passDays(9, alice, bob);
    // Written after the backup, which has the weekly key of the week before.
    chat.leaves(bob, alice);
    const id = alice.say(bob, 'two');
    chat.simulation.until('stored', () => alice.stateOf(id) === 'stored');
    chat.leaves(alice);
    chat.returns(bob);
    chat.simulation.until('bob has it', () => bob.textsFrom(alice).length === 2);
    chat.simulation.pass(5_000);
    expect(bob.store.receipts.senders()).toEqual([]);
    alice.kill();
    alice.restore(backup);
    alice.start();
    chat.simulation.until('alice is back', () => alice.isOnline && bob.sees(alice), minuteMs);
    // The restored installation does not know the message, and the receipt for it does no harm.
    chat.simulation.until('the receipt is told', () => bob.store.receipts.senders().length === 0, minuteMs);
    chat.simulation.until(
      'nothing waits',
      () => chat.server.store.mailboxes.countReceipts(alice.key, bob.key) === 0,
      10 * minuteMs,
    );
    expect(alice.stateOf(chat.sent[0]!.id)).toBe('delivered');
  }, 60_000);

  it('PROTOCOL 9.24: 200 messages to a recipient that is away take few round trips, and get one-time keys first', () => {
    const delayMs = 500;
    const chat = new MailFixture({ delayMs });
    const [alice, bob] = chat.apart('alice', 'bob');
    bob.allow(alice);
    chat.leaves(bob, alice);
    const startMs = chat.nowMs;
    chat.write(alice, bob, ...Array.from({ length: 200 }, (_, number) => `text ${number}`));
    chat.settle('all stored', 'stored');
    const roundTrips = (chat.nowMs - startMs) / (2 * delayMs);
    // One for the keys, and seven for 200 messages of which 32 at a time wait for an answer.
    expect(roundTrips).toBeGreaterThan(7);
    expect(roundTrips).toBeLessThan(11);
    expect(chat.keysOf(bob)).toBeLessThan(oneTimeKeysMax - 10);
    chat.returns(bob);
    chat.check();
  });

  it('PROTOCOL 9.24: a burst to one recipient does not hold up a message to another', () => {
    const delayMs = 500;
    const chat = new MailFixture({ delayMs });
    const [alice, bob, carol] = chat.apart('alice', 'bob', 'carol');
    chat.leaves(bob, alice, carol);
    chat.leaves(carol, alice);
    chat.write(alice, bob, ...Array.from({ length: 200 }, (_, number) => `text ${number}`));
    const startMs = chat.nowMs;
    const id = alice.say(carol, 'for carol');
    chat.simulation.until('stored', () => alice.stateOf(id) === 'stored');
    expect((chat.nowMs - startMs) / (2 * delayMs)).toBeLessThan(3);
  });

  it('PROTOCOL 9.24: keys that were asked for before a restart are only lost, and all messages are delivered', () => {
    const chat = new MailFixture({ delayMs: 200 });
    const [alice, bob] = chat.apart('alice', 'bob');
    chat.leaves(bob, alice);
    chat.write(alice, bob, ...Array.from({ length: 40 }, (_, number) => `text ${number}`));
    chat.simulation.pass(300);
    // The server has handed out keys, and alice's process ends before it has them.
    expect(chat.keysOf(bob)).toBeLessThan(oneTimeKeysMax);
    alice.kill();
    alice.start();
    chat.settle('all stored', 'stored');
    chat.returns(bob);
    chat.check();
  });

  it('two senders that write to one recipient at the same time get different keys, and both are delivered', () => {
    const chat = new MailFixture({ delayMs: 40, jitterMs: 20 }, 3);
    const [alice, bob, carol] = chat.apart('alice', 'bob', 'carol');
    chat.leaves(bob, alice, carol);
    const texts = Array.from({ length: 40 }, (_, number) => `text ${number}`);
    for (const text of texts) {
      chat.write(alice, bob, `alice ${text}`);
      chat.write(carol, bob, `carol ${text}`);
    }
    chat.settle('all stored', 'stored');
    chat.returns(bob);
    chat.check();
  });
});
