import { beforeEach, describe, expect, it } from 'vitest';
import { newMailKeyId, type MailKey, type MailKeyKind } from '../../../shared/chat/mail-key.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { mailKeyRequestsBurst, mailKeyRequestsIntervalMs, recipientKeysMax } from '../../../shared/limits.ts';
import { sampleInstallation, sampleKey, sampleSigningKeyOf } from '../../store/sample.ts';
import type { Contacts } from '../contacts/contacts.ts';
import { RecipientMailKeys } from './recipient-mail-keys.ts';

const server = sampleKey(9);
const bob = sampleKey(2);
const installation = sampleInstallation(1);

let asked: { readonly peer: PeerKey; readonly oneTime: boolean }[];
/** The numbers of requests that have an answer. */
let answered: Set<number>;
let woken: PeerKey[];
let timeRequests: number;
let isGenuine: boolean;
let hasSigningKey: boolean;
let keys: RecipientMailKeys;

function at(monotonicMs: number) {
  return { monotonicMs, wallMs: monotonicMs };
}

function key(number: number, kind: MailKeyKind, change: Partial<MailKey> = {}): MailKey {
  return {
    keyId: newMailKeyId(installation, Uint8Array.of(0, 0, 0, number)),
    kind,
    publicKey: new Uint8Array(32).fill(number),
    expiresAtMs: 1_000_000,
    signature: new Uint8Array(64),
    ...change,
  };
}

/** The server answers the first of the requests about this peer that it has not answered yet. */
function answer(monotonicMs: number, one: MailKey | undefined, peer = bob): void {
  const kind = 'mail-key';
  const index = asked.findIndex((request, number) => request.peer === peer && !answered.has(number));
  answered.add(index);
  const oneTime = asked[index]?.oneTime ?? true;
  const message: ProtocolMessageOf<'mail-key'> =
    one === undefined ? { kind, peer, oneTime } : { kind, peer, oneTime, installation, key: one };
  keys.handleMailKey(at(monotonicMs), server, message);
}

beforeEach(() => {
  [asked, answered, woken, timeRequests, isGenuine, hasSigningKey] = [[], new Set(), [], 0, true, true];
  keys = new RecipientMailKeys({
    context: {
      send: (_to: PeerKey, message: ProtocolMessage) => {
        if (message.kind === 'mail-key-request') asked.push({ peer: message.peer, oneTime: message.oneTime });
      },
    },
    contacts: {
      find: (peer) =>
        (hasSigningKey ? { signingKey: sampleSigningKeyOf(peer) } : undefined) as ReturnType<
          Contacts['find']
        >,
    },
    reachability: { wake: (peer) => void woken.push(peer) },
    signer: { sign: () => new Uint8Array(64), verify: () => isGenuine },
    clock: {
      serverMs: ({ wallMs }) => wallMs,
      ask: () => {
        timeRequests++;
      },
    },
  });
});

describe('the mail keys of recipients', () => {
  it('PROTOCOL 9.24: are asked for once, and each one-time key is given to one message', () => {
    expect(keys.forMessage(at(0), bob, server, 1).type).toBe('asked');
    expect(keys.forMessage(at(1), bob, server, 1).type).toBe('asked');
    expect(asked).toEqual([{ peer: bob, oneTime: true }]);
    answer(2, key(1, 'one-time'));
    expect(woken).toEqual([bob]);
    expect(keys.forMessage(at(3), bob, server, 1)).toEqual({ type: 'key', key: key(1, 'one-time') });
    expect(keys.forMessage(at(4), bob, server, 1).type).toBe('asked');
    expect(asked).toHaveLength(2);
  });

  it('PROTOCOL 9.24: make the client ask for the time if the server hands out an expired one', () => {
    keys.forMessage(at(0), bob, server, 1);
    answer(1, key(1, 'one-time'));
    expect(timeRequests).toBe(0);
    keys.forMessage(at(2), bob, server, 1);
    keys.forMessage(at(3), bob, server, 1);
    answer(4, key(2, 'one-time', { expiresAtMs: 1 }));
    expect(timeRequests).toBe(1);
  });

  it('PROTOCOL 9.24: are weekly for receipts until they expire, and a message still asks for a one-time key', () => {
    keys.forReceipt(at(0), bob, server);
    expect(asked).toEqual([{ peer: bob, oneTime: false }]);
    answer(1, key(1, 'weekly', { expiresAtMs: 500_000 }));
    expect(keys.forReceipt(at(499_999), bob, server).type).toBe('key');
    expect(keys.forMessage(at(499_999), bob, server, 1).type).toBe('asked');
    expect(asked.at(-1)).toEqual({ peer: bob, oneTime: true });
    expect(keys.forReceipt(at(500_000), bob, server).type).toBe('asked');
    expect(asked.at(-1)).toEqual({ peer: bob, oneTime: false });
  });

  it('PROTOCOL 9.24: are weekly for messages for a minute where no one-time key is left', () => {
    keys.forMessage(at(0), bob, server, 1);
    answer(1, key(2, 'weekly'));
    const weekly = { type: 'key', key: key(2, 'weekly') };
    expect([1, 2].map(() => keys.forMessage(at(2), bob, server, 5))).toEqual([weekly, weekly]);
    expect(asked).toHaveLength(1);
    expect(keys.forMessage(at(60_001), bob, server, 1).type).toBe('asked');
    expect(asked.at(-1)).toEqual({ peer: bob, oneTime: true });
  });

  it('PROTOCOL 9.24: are asked for all messages that wait, at most 16 ahead, without waiting for an answer', () => {
    expect(keys.forMessage(at(0), bob, server, 3).type).toBe('asked');
    expect(asked).toHaveLength(3);
    expect(keys.forMessage(at(0), bob, server, 32).type).toBe('asked');
    expect(asked).toHaveLength(16);
    answer(1, key(1, 'one-time'));
    answer(1, key(2, 'one-time'));
    expect(keys.forMessage(at(2), bob, server, 32)).toEqual({ type: 'key', key: key(1, 'one-time') });
    expect(keys.forMessage(at(2), bob, server, 31)).toEqual({ type: 'key', key: key(2, 'one-time') });
    // Each key that is used makes room for one more request.
    expect(asked).toHaveLength(18);
    // The last messages need no keys besides those that are on their way.
    expect(keys.forMessage(at(3), bob, server, 10).type).toBe('asked');
    expect(asked).toHaveLength(18);
  });

  it('PROTOCOL 9.24: are kept for later messages when those that they were asked for need none', () => {
    keys.forMessage(at(0), bob, server, 2);
    answer(1, key(1, 'one-time'));
    answer(1, key(2, 'one-time'));
    expect(keys.forMessage(at(2), bob, server, 1)).toEqual({ type: 'key', key: key(1, 'one-time') });
    expect(keys.forMessage(at(700_000), bob, server, 1)).toEqual({ type: 'key', key: key(2, 'one-time') });
    expect(asked).toHaveLength(2);
  });

  it.each<[string, () => void]>([
    ['which are missing', () => answer(1, undefined)],
    ['which have expired', () => answer(1, key(1, 'one-time', { expiresAtMs: 1 }))],
    [
      'which name another installation',
      () => answer(1, key(1, 'one-time', { keyId: newMailKeyId(sampleInstallation(5), new Uint8Array(4)) })),
    ],
    [
      'which another identity has signed',
      () => {
        isGenuine = false;
        answer(1, key(1, 'one-time'));
      },
    ],
  ])('PROTOCOL 9.24: %s are not used, and are asked for again later', (_, reply) => {
    keys.forMessage(at(0), bob, server, 1);
    reply();
    expect(keys.forMessage(at(2), bob, server, 1)).toEqual({ type: 'none', untilMs: 30_001 });
    expect(keys.pollTimeout()).toBe(30_001);
    woken.length = 0;
    keys.handleTimeout(at(30_001));
    expect(woken).toEqual([bob]);
    expect(keys.forMessage(at(30_001), bob, server, 1).type).toBe('asked');
    expect(asked).toHaveLength(2);
  });

  it('PROTOCOL 9.24: are not asked for without the signing key of the recipient', () => {
    hasSigningKey = false;
    expect(keys.forMessage(at(0), bob, server, 1)).toEqual({ type: 'none', untilMs: null });
    hasSigningKey = true;
    expect(keys.forMessage(at(1), bob, server, 1).type).toBe('asked');
    expect(asked).toHaveLength(1);
  });

  it('that were not asked for change nothing', () => {
    answer(1, key(1, 'weekly'));
    expect(keys.forReceipt(at(2), bob, server).type).toBe('asked');
  });

  it('are asked for again when no answer has come, and at once on a new connection', () => {
    keys.forMessage(at(0), bob, server, 1);
    keys.handleTimeout(at(5_000));
    expect(woken).toEqual([bob]);
    keys.forMessage(at(5_000), bob, server, 1);
    keys.handleServerChange();
    keys.forMessage(at(5_001), bob, server, 1);
    expect(asked).toHaveLength(3);
  });

  it('PROTOCOL 9.26: are forgotten when one of them is unknown', () => {
    keys.forReceipt(at(0), bob, server);
    answer(1, key(1, 'weekly'));
    keys.forget(bob);
    expect(keys.forReceipt(at(2), bob, server).type).toBe('asked');
  });

  it('PROTOCOL 9.23: are asked for in turns when many recipients need some', () => {
    const people = Array.from({ length: 6 }, (_, index) => sampleKey(100 + index));
    for (const peer of people) expect(keys.forMessage(at(0), peer, server, 16).type).toBe('asked');
    // 64 requests at a time: the first four recipients came first.
    expect(asked.map(({ peer }) => peer)).toEqual(
      people.slice(0, 4).flatMap((peer) => new Array<PeerKey>(16).fill(peer)),
    );
    for (let number = 1; number <= 4; number++) answer(10, key(number, 'one-time'), people[0]);
    expect(asked.slice(64).map(({ peer }) => peer)).toEqual([people[4], people[5], people[4], people[5]]);
  });

  it('PROTOCOL 9.23: are asked for at the rate that the server allows', () => {
    const people = Array.from({ length: 40 }, (_, index) => sampleKey(100 + index));
    const burst = mailKeyRequestsBurst - 32;
    for (const peer of people) keys.forMessage(at(0), peer, server, 16);
    const answerAll = (nowMs: number): void => {
      while (answered.size < asked.length) answer(nowMs, key(1, 'one-time'), asked[answered.size]!.peer);
    };
    answerAll(0);
    expect(asked).toHaveLength(burst);
    for (let number = 1; number <= 5; number++) {
      const nowMs = number * mailKeyRequestsIntervalMs;
      expect(keys.pollTimeout()).toBe(nowMs);
      keys.handleTimeout(at(nowMs));
      expect(asked).toHaveLength(burst + number);
      answerAll(nowMs);
    }
    // The recipients take turns.
    expect(new Set(asked.slice(burst).map(({ peer }) => peer)).size).toBe(5);
  });

  it('PROTOCOL 9.23: are asked for again, slowly, after a refusal', () => {
    const people = Array.from({ length: 3 }, (_, index) => sampleKey(100 + index));
    for (const peer of people) keys.forMessage(at(0), peer, server, 1);
    answer(10, key(1, 'one-time'), people[0]);
    keys.handleTooOften(at(20));
    // The answer to a request before the refusal still counts.
    answer(30, key(2, 'one-time'), people[1]);
    expect(keys.forMessage(at(31), people[1]!, server, 1).type).toBe('key');
    expect(asked).toHaveLength(3);
    expect(keys.pollTimeout()).toBe(1_020);
    keys.forMessage(at(31), people[0]!, server, 2);
    keys.handleTimeout(at(1_020));
    expect(asked.slice(3)).toEqual([{ peer: people[2], oneTime: true }]);
    expect(keys.pollTimeout()).toBe(1_020 + mailKeyRequestsIntervalMs);
  });

  it('are forgotten, the least recently used first, but not while an answer is due', () => {
    const people = Array.from({ length: recipientKeysMax + 1 }, (_, index) => sampleKey(1_000 + index));
    for (const [index, peer] of people.entries()) {
      const nowMs = index * mailKeyRequestsIntervalMs;
      keys.forReceipt(at(nowMs), peer, server);
      if (index !== 1) answer(nowMs, key(1, 'weekly'), peer);
    }
    const typeFor = (index: number): string => keys.forReceipt(at(60_000), people[index]!, server).type;
    expect(asked).toHaveLength(people.length);
    expect([typeFor(2), typeFor(1)]).toEqual(['key', 'asked']);
    expect(asked).toHaveLength(people.length);
    expect(typeFor(0)).toBe('asked');
    expect(asked).toHaveLength(people.length + 1);
  });
});
