import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMessageId, type MessageId, type PeerKey } from '../../shared/ids.ts';
import { datagramBytesMax } from '../../shared/limits.ts';
import { eventually } from './eventually.ts';
import { GatewayProcess } from './gateway-process.ts';
import { ScriptedUser } from './scripted-user.ts';
import { TwoMachines } from './two-machines.ts';

const machines = TwoMachines.make();

describe('two machines and a cable', () => {
  const { left, right } = machines;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-machines-'));
  const serverLines: string[] = [];
  const server = new GatewayProcess(
    'server',
    ['-s', '50000', '--data', path.join(folder, 'server')],
    (line) => serverLines.push(line),
    left.within,
  );
  // The server sees a client on its own machine at 127.0.0.1.
  const host = { host: '127.0.0.1', port: 50_000 };
  const alice = new ScriptedUser('alice', host, path.join(folder, 'alice'), left.within);
  const guest = { host: '10.77.0.1', port: 50_000 };
  const bob = new ScriptedUser('bob', guest, path.join(folder, 'bob'), right.within);

  beforeAll(async () => {
    server.start();
    await eventually(() => expect(serverLines.join()).toContain('Others join at'));
    alice.start();
    bob.start();
    await eventually(() => expect([alice.keyOf('bob'), bob.keyOf('alice')]).not.toContain(undefined));
  });

  afterAll(async () => {
    await Promise.all([alice.process.stop(), bob.process.stop()]);
    await server.stop();
    machines.remove();
    fs.rmSync(folder, { recursive: true });
  });

  it('exchange messages directly, although one client reaches its server over the loopback', async () => {
    await exchange('hello', 3);
    expect(serverLines.filter((line) => line.startsWith('stored'))).toEqual([]);
  });

  it('deliver a message of 16 KiB at an MTU of 1,280', async () => {
    left.setMtu(1_280);
    right.setMtu(1_280);
    await exchange('ü'.repeat(8_000), 1);
  });

  it('discover how large a datagram the cable carries, even when one interface allows larger ones', async () => {
    left.setMtu(1_500);
    right.setMtu(1_500);
    const long = 'ü'.repeat(8_000);
    await exchange(long, 8);
    await sizesAre(1_472, 1_472);
    // The left side now sends jumbo frames, and the right side still drops them.
    left.setMtu(9_000);
    right.setAddress('10.77.0.6/24');
    await exchange(long, 8);
    await sizesAre(1_472, 1_472);
    right.setMtu(9_000);
    right.setAddress('10.77.0.7/24');
    await exchange(long, 8);
    await sizesAre(datagramBytesMax, datagramBytesMax);
  });

  it('lose 20 % of the datagrams each way, and no message', async () => {
    left.loseIncoming(20);
    right.loseIncoming(20);
    await exchange('through the noise', 50);
    left.loseNothing();
    right.loseNothing();
  });

  it('continue when one of them gets another address', async () => {
    right.setAddress('10.77.0.3/24');
    await exchange('moved', 3);
  });

  it('reconnect without any traffic when one of them gets another address, and the server reports the address', async () => {
    await exchange('before', 1);
    right.setAddress('10.77.0.4/24');
    // A client that stands still for seconds, for example behind a busy disk, is offline before it moves. It then registers at
    // the new address. The simulation shows that a client that runs only moves.
    await eventually(() =>
      expect(serverLines.join()).toMatch(/bob (?:moved to|registered at) 10\.77\.0\.4:/),
    );
    await say(alice, bob, 'found', 1);
  });

  it('reconnect after the cable was out, and deliver what waited', async () => {
    right.pullCable();
    const id = newId();
    await bob.send(id, keyOf(bob, alice), 'without a cable');
    await eventually(() => expect(serverLines.at(-1)).toContain('bob is offline'));
    right.plugCableIn('10.77.0.5/24');
    await eventually(() => expect(alice.shown.get(id)).toBe(1));
  });

  /** Checks the largest datagram of each direction, which the path probes find while messages flow. */
  async function sizesAre(ofAlice: number, ofBob: number): Promise<void> {
    await eventually(async () => {
      await exchange('ü'.repeat(8_000), 2);
      const sizes = [
        await alice.datagramBytesTo(keyOf(alice, bob)),
        await bob.datagramBytesTo(keyOf(bob, alice)),
      ];
      expect(sizes).toEqual([ofAlice, ofBob]);
    });
  }

  /** Each user sends `count` messages, and receives those of the other once and in order. */
  async function exchange(text: string, count: number): Promise<void> {
    await Promise.all([say(alice, bob, text, count), say(bob, alice, text, count)]);
  }
});

async function say(from: ScriptedUser, to: ScriptedUser, text: string, count: number): Promise<void> {
  const ids = Array.from({ length: count }, newId);
  for (const [index, id] of ids.entries()) await from.send(id, keyOf(from, to), `${text} ${index}`);
  await eventually(async () => {
    const received = await to.historySince(keyOf(to, from), undefined);
    const mine = received.filter(({ author, id }) => author === keyOf(to, from) && ids.includes(id));
    expect(mine.map(({ id }) => id)).toEqual(ids);
  });
  for (const id of ids) expect(to.shown.get(id)).toBe(1);
}

function keyOf(one: ScriptedUser, other: ScriptedUser): PeerKey {
  const key = one.keyOf(other.nickname);
  if (key === undefined) throw new Error(`${one.nickname} does not know ${other.nickname}`);
  return key;
}

function newId(): MessageId {
  const id = parseMessageId(uuidv7());
  if (id === undefined) throw new Error('uuidv7 makes UUIDv7');
  return id;
}
