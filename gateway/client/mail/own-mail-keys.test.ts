import { beforeEach, describe, expect, it } from 'vitest';
import { isMailKeyOf, mailKeySignedBytes } from '../../../shared/chat/mail-key.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { oneTimeKeysMax, privateOneTimeKeysMax } from '../../../shared/limits.ts';
import { keyPairOf } from '../../crypto/crypto.ts';
import { signerOf } from '../../crypto/signer.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { testIdentity } from '../../simulation/chat/simulated-keys.ts';
import type { ClientStore } from '../../store/client-store.ts';
import { sampleInstallation, sampleKey, sampleMailKeyId } from '../../store/sample.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import type { JobDone } from '../../turn/pending-jobs.ts';
import { Eraser } from '../../turn/eraser.ts';
import { OwnMailKeys } from './own-mail-keys.ts';

const dayMs = 86_400_000;
const server = sampleKey(9);
const installation = sampleInstallation(3);
const identity = testIdentity(1);

let store: ClientStore;
let sent: ProtocolMessageOf<'mail-keys'>[];
let jobs: JobDone[];
let wallMs: number;
/** The server's clock minus this one. */
let offsetMs: number | undefined;
let keys: OwnMailKeys;
let eraser: Eraser;

/** Runs an input in one turn at this monotonic time. */
function at(monotonicMs: number, run: (now: { monotonicMs: number; wallMs: number }) => void): void {
  store.begin();
  store.savepoint(() => run({ monotonicMs, wallMs }));
  store.commit();
}

function handleTimeout(now: { monotonicMs: number; wallMs: number }): void {
  keys.handleTimeout(now);
  eraser.handleTimeout(now);
}

function keep(monotonicMs: number): void {
  const { weekly, oneTime } = sent.at(-1)!;
  const message = { kind: 'mail-keys-kept', weekly: weekly.keyId, oneTimeLeft: oneTimeKeysMax } as const;
  at(monotonicMs, (now) => keys.handleKept(now, message));
  expect(oneTime.length).toBeLessThanOrEqual(oneTimeKeysMax);
}

beforeEach(() => {
  store = openClientStore();
  [sent, jobs, wallMs, offsetMs] = [[], [], 1_700_000_000_000, 1_000];
  const random = new SeededRandom(1);
  eraser = new Eraser({ runJob: (_: unknown, done: unknown) => void jobs.push(done as JobDone) });
  keys = new OwnMailKeys({
    store,
    context: {
      send: (_to: unknown, message: ProtocolMessage) => {
        if (message.kind === 'mail-keys') sent.push(message);
      },
    },
    eraser,
    installation,
    signer: signerOf(identity),
    publicKeyOf: (secretKey) => keyPairOf(secretKey).publicKey,
    random: (byteCount) => random.bytes(byteCount),
    clock: { serverMs: (now) => (offsetMs === undefined ? undefined : now.wallMs + offsetMs) },
  });
});

describe('the mail keys of a client', () => {
  it('PROTOCOL 9.20: are signed by its identity for this server, and belong to its installation', () => {
    at(0, (now) => keys.handleRegistered(now, server));
    at(1, (now) => keys.handleWanted(now, 60));
    const { weekly, oneTime } = sent.at(-1)!;
    expect(oneTime).toHaveLength(4);
    for (const key of [weekly, ...oneTime]) {
      expect(isMailKeyOf(installation, key.keyId)).toBe(true);
      expect(key.expiresAtMs).toBe(wallMs + 1_000 + 90 * dayMs);
      const signed = mailKeySignedBytes({ server, installation }, key);
      expect(signerOf(testIdentity(2)).verify('mail-key', identity.signingKey, signed, key.signature)).toBe(
        true,
      );
      expect(keyPairOf(keys.secretKeyOf(key.keyId)!).publicKey).toEqual(key.publicKey);
    }
  });

  it('PROTOCOL 9.21: are new one-time keys in each message, three times at once and then once in ten seconds', () => {
    at(0, (now) => keys.handleRegistered(now, server));
    at(1, (now) => keys.handleWanted(now, 0));
    for (const atMs of [2, 3, 4]) {
      keep(atMs);
      at(atMs, (now) => keys.handleWanted(now, 0));
    }
    expect(sent.map(({ oneTime }) => oneTime.length)).toEqual([0, 64, 64, 64]);
    keep(5);
    at(10_001, handleTimeout);
    expect(sent.map(({ oneTime }) => oneTime.length)).toEqual([0, 64, 64, 64, 64]);
    const ids = sent.flatMap(({ oneTime }) => oneTime.map(({ keyId }) => keyId));
    expect(new Set(ids).size).toBe(256);
    expect(new Set(sent.map(({ weekly }) => weekly.keyId)).size).toBe(1);
  });

  it('PROTOCOL 9.21: are sent three times at once to a server that says that it wants keys and lacks none', () => {
    at(0, (now) => keys.handleRegistered(now, server));
    for (let atMs = 1; atMs < 20; atMs++) {
      keep(atMs);
      at(atMs, (now) => keys.handleWanted(now, oneTimeKeysMax));
    }
    expect(sent).toHaveLength(4);
    keep(20);
    at(10_001, handleTimeout);
    expect(sent).toHaveLength(5);
  });

  it('PROTOCOL 9.21: are not made for a server that has not answered the ones before', () => {
    at(0, (now) => keys.handleRegistered(now, server));
    keep(1);
    const first = sent.length;
    // Such as a server with a full disk, which wants keys whenever it could not keep some.
    for (let atMs = 2; atMs < 3_600_000; atMs += 5_000) {
      at(atMs, handleTimeout);
      at(atMs, (now) => keys.handleWanted(now, 0));
    }
    expect(store.mailKeys.count('one-time')).toBe(oneTimeKeysMax);
    expect(sent.slice(first).length).toBeLessThan(20);
    // It has room again.
    const { weekly } = sent.at(-1)!;
    at(3_600_000, (now) =>
      keys.handleKept(now, { kind: 'mail-keys-kept', weekly: weekly.keyId, oneTimeLeft: 0 }),
    );
    expect(sent.at(-1)!.oneTime).toHaveLength(oneTimeKeysMax);
  });

  it('PROTOCOL 9.21: are sent again without the one-time keys while no answer comes', () => {
    at(0, (now) => keys.handleRegistered(now, server));
    at(1, (now) => keys.handleWanted(now, 0));
    at(30_001, handleTimeout);
    expect(sent.map(({ oneTime }) => oneTime.length)).toEqual([0, 64, 0]);
    keep(30_002);
    at(90_000, handleTimeout);
    expect(sent).toHaveLength(3);
  });

  it.each<[string, () => void, boolean]>([
    ['a week by its own clock', () => void (wallMs += 7 * dayMs), true],
    ['six days', () => void (wallMs += 6 * dayMs), false],
    ['a clock that was set back by a month', () => void (wallMs -= 30 * dayMs), true],
    ['a server with a clock that went ahead by a year', () => void (offsetMs = 365 * dayMs), true],
    ['a server with a clock that went back by a year', () => void (offsetMs = -365 * dayMs), true],
    ['a server with a clock that is not known', () => void (offsetMs = undefined), false],
  ])('PROTOCOL 9.21: the weekly key after %s', (_, change, isNew) => {
    at(0, (now) => keys.handleRegistered(now, server));
    keep(1);
    change();
    at(3_600_000, handleTimeout);
    expect(sent).toHaveLength(isNew ? 2 : 1);
    const replaced = store.mailKeys.all('weekly').map(({ replacedAtMs }) => replacedAtMs);
    expect(replaced).toEqual(isNew ? [null, null] : [null]);
    if (!isNew) return;
    // An unconfirmed key is sent again after the next registration.
    keys.handleOffline();
    at(3_600_001, (now) => keys.handleRegistered(now, server));
    expect(sent.map(({ weekly }) => weekly.keyId === sent[0]!.weekly.keyId)).toEqual([true, false, false]);
    keep(3_600_002);
    expect(store.mailKeys.all('weekly').map((key) => key.replacedAtMs)).toEqual([wallMs, null]);
  });

  it('PROTOCOL 9.27: of one time are deleted when used, erased together, and erased again if that fails', () => {
    at(0, (now) => keys.handleRegistered(now, server));
    at(5_000, handleTimeout);
    at(5_001, (now) => jobs[0]!(now, true));
    at(6_000, (now) => keys.handleWanted(now, 0));
    const { weekly, oneTime } = sent.at(-1)!;
    const [one, other] = [oneTime[0]!.keyId, oneTime[1]!.keyId];
    at(7_000, (now) => keys.deleteUsed(now, one));
    at(7_500, (now) => keys.deleteUsed(now, other));
    at(7_600, (now) => keys.deleteUsed(now, weekly.keyId));
    expect([one, other, weekly.keyId].map((id) => keys.secretKeyOf(id) === undefined)).toEqual([
      true,
      true,
      false,
    ]);
    at(12_000, handleTimeout);
    expect(jobs).toHaveLength(2);
    at(12_001, (now) => jobs[1]!(now, false));
    at(17_001, handleTimeout);
    expect(jobs).toHaveLength(3);
  });

  it('PROTOCOL 9.27: of a week are deleted and erased 35 days after the server kept their successor', () => {
    at(0, (now) => keys.handleRegistered(now, server));
    keep(1);
    at(5_000, handleTimeout);
    const first = sent[0]!.weekly.keyId;
    wallMs += 7 * dayMs;
    at(3_600_000, handleTimeout);
    // A successor that the server does not have yet replaces nothing, however long that takes.
    wallMs += 3 * dayMs;
    keep(3_600_001);
    wallMs += 35 * dayMs - 1;
    at(7_200_000, handleTimeout);
    expect(keys.secretKeyOf(first)).toBeDefined();
    expect(jobs).toHaveLength(1);
    wallMs += 1;
    at(10_800_000, handleTimeout);
    expect(keys.secretKeyOf(first)).toBeUndefined();
    at(10_805_000, handleTimeout);
    expect(jobs).toHaveLength(2);
  });

  it('PROTOCOL 9.27: are bounded in number, and the oldest ones are deleted first', () => {
    at(0, (now) => keys.handleRegistered(now, server));
    for (let round = 0; round < 20; round++) {
      at(1 + round * 10_000, (now) => keys.handleWanted(now, 0));
      keep(2 + round * 10_000);
    }
    expect(store.mailKeys.count('one-time')).toBe(privateOneTimeKeysMax);
    expect(keys.secretKeyOf(sent[1]!.oneTime[0]!.keyId)).toBeUndefined();
    expect(keys.secretKeyOf(sent.at(-1)!.oneTime[0]!.keyId)).toBeDefined();
  });

  it('PROTOCOL 9.25: name the installations of a backup, the newest first', () => {
    at(0, () => {
      for (const [number, former] of [4, 5, 4].entries())
        store.mailKeys.put([
          {
            keyId: sampleMailKeyId(number),
            kind: 'weekly',
            installation: sampleInstallation(former),
            secretKey: new Uint8Array(32),
            expiresAtMs: 0,
            madeAtMs: wallMs,
            replacedAtMs: null,
          },
        ]);
    });
    expect(keys.formerInstallations()).toEqual([4, 5].map(sampleInstallation));
    at(1, (now) => keys.handleRegistered(now, server));
    keep(2);
    // 35 days after their successor is kept they are gone.
    wallMs += 36 * dayMs;
    at(3_600_001, handleTimeout);
    expect(keys.formerInstallations()).toEqual([]);
  });
});
