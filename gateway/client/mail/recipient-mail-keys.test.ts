import { beforeEach, describe, expect, it } from 'vitest';
import { newMailKeyId, type MailKey, type MailKeyKind } from '../../../shared/chat/mail-key.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { sampleInstallation, sampleKey, sampleSigningKeyOf } from '../../store/sample.ts';
import type { Contacts } from '../contacts/contacts.ts';
import { RecipientMailKeys } from './recipient-mail-keys.ts';

const server = sampleKey(9);
const bob = sampleKey(2);
const installation = sampleInstallation(1);

let asked: { readonly peer: PeerKey; readonly oneTime: boolean }[];
let woken: PeerKey[];
let isGenuine: boolean;
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

function answer(monotonicMs: number, one: MailKey | undefined, peer = bob): void {
  const kind = 'mail-key';
  const message: ProtocolMessageOf<'mail-key'> =
    one === undefined ? { kind, peer } : { kind, peer, installation, key: one };
  keys.handleMailKey(at(monotonicMs), server, message);
}

beforeEach(() => {
  [asked, woken, isGenuine] = [[], [], true];
  keys = new RecipientMailKeys({
    context: {
      send: (_to: PeerKey, _channel: unknown, message: ProtocolMessage) => {
        if (message.kind === 'mail-key-request') asked.push({ peer: message.peer, oneTime: message.oneTime });
      },
    },
    contacts: {
      find: (peer) => ({ signingKey: sampleSigningKeyOf(peer) }) as ReturnType<Contacts['find']>,
    },
    reachability: { wake: (peer) => void woken.push(peer) },
    signer: { sign: () => new Uint8Array(64), verify: () => isGenuine },
    clock: { serverMs: ({ wallMs }) => wallMs },
  });
});

describe('the mail keys of recipients', () => {
  it('PROTOCOL 9.24: are asked for once, and each one-time key is given to one message', () => {
    expect(keys.forMessage(at(0), bob, server).type).toBe('asked');
    expect(keys.forMessage(at(1), bob, server).type).toBe('asked');
    expect(asked).toEqual([{ peer: bob, oneTime: true }]);
    answer(2, key(1, 'one-time'));
    expect(woken).toEqual([bob]);
    expect(keys.forMessage(at(3), bob, server)).toEqual({ type: 'key', key: key(1, 'one-time') });
    expect(keys.forMessage(at(4), bob, server).type).toBe('asked');
    expect(asked).toHaveLength(2);
  });

  it('PROTOCOL 9.24: are weekly for receipts until they expire, and for messages for a minute', () => {
    keys.forReceipt(at(0), bob, server);
    expect(asked).toEqual([{ peer: bob, oneTime: false }]);
    answer(1, key(1, 'weekly', { expiresAtMs: 500_000 }));
    expect(keys.forReceipt(at(499_999), bob, server).type).toBe('key');
    expect(keys.forReceipt(at(500_000), bob, server).type).toBe('asked');
    answer(500_001, key(2, 'weekly'));
    const weekly = { type: 'key', key: key(2, 'weekly') };
    expect([1, 2].map(() => keys.forMessage(at(500_002), bob, server))).toEqual([weekly, weekly]);
    expect(keys.forMessage(at(570_000), bob, server).type).toBe('asked');
    expect(asked.at(-1)).toEqual({ peer: bob, oneTime: true });
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
    keys.forMessage(at(0), bob, server);
    reply();
    expect(keys.forMessage(at(2), bob, server)).toEqual({ type: 'none', untilMs: 30_001 });
    expect(keys.pollTimeout()).toBe(30_001);
    woken.length = 0;
    keys.handleTimeout(at(30_001));
    expect(woken).toEqual([bob]);
    expect(keys.forMessage(at(30_001), bob, server).type).toBe('asked');
    expect(asked).toHaveLength(2);
  });

  it('that were not asked for change nothing', () => {
    answer(1, key(1, 'weekly'));
    expect(keys.forReceipt(at(2), bob, server).type).toBe('asked');
  });

  it('are asked for again when no answer has come, and at once on a new connection', () => {
    keys.forMessage(at(0), bob, server);
    keys.handleTimeout(at(5_000));
    expect(woken).toEqual([bob]);
    keys.forMessage(at(5_000), bob, server);
    keys.handleServerChange();
    keys.forMessage(at(5_001), bob, server);
    expect(asked).toHaveLength(3);
  });

  it('PROTOCOL 9.26: are forgotten when one of them is unknown', () => {
    keys.forReceipt(at(0), bob, server);
    answer(1, key(1, 'weekly'));
    keys.forget(bob);
    expect(keys.forReceipt(at(2), bob, server).type).toBe('asked');
  });

  it('PROTOCOL 9.23: are asked for of 16 recipients at a time, and all pause after a refusal', () => {
    const people = Array.from({ length: 20 }, (_, index) => sampleKey(100 + index));
    for (const peer of people) expect(keys.forMessage(at(0), peer, server).type).toBe('asked');
    expect(asked).toHaveLength(16);
    // An answer makes room for one more.
    answer(10, key(1, 'one-time'), people[0]);
    expect(woken).toEqual([people[0], people[16]]);
    keys.handleTooOften(at(20));
    expect(keys.forMessage(at(21), people[16]!, server).type).toBe('asked');
    expect(asked).toHaveLength(16);
    woken.length = 0;
    keys.handleTimeout(at(1_021));
    expect(woken).toEqual(expect.arrayContaining(people.slice(1)));
    // The answer to a request before the refusal still counts.
    for (const peer of people) keys.forMessage(at(1_022), peer, server);
    expect(asked).toHaveLength(32);
  });
});
