import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMessageId, type MessageId, type PeerKey } from '../../shared/ids.ts';
import { datagramBytesMax } from '../../shared/limits.ts';
import { eventually } from './eventually.ts';
import { GatewayProcess } from './gateway-process.ts';
import { ScriptedUser } from './scripted-person.ts';
import { TwoMachines } from './two-machines.ts';

const machines = TwoMachines.make();
const metAgainMs = 2_000;
/** For processes on a machine that has other things to do, too. */
const slackMs = 500;

// Real sockets on two machines need network namespaces; elsewhere gateway/chat shows the same in the simulated network.
if (machines !== undefined) {
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
    // Who hosts and chats on one machine is 127.0.0.1 to the server.
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

    it('talk directly, both ways, though one of them hosts and chats on its own loopback', async () => {
      await talk('hello', 3);
      expect(serverLines.filter((line) => line.startsWith('stored'))).toEqual([]);
    });

    it('pass 16 KiB at an MTU of 1,280', async () => {
      left.setMtu(1_280);
      right.setMtu(1_280);
      await talk('ü'.repeat(8_000), 1);
    });

    it('find how large a datagram the cable takes, also where one machine expects more of it', async () => {
      left.setMtu(1_500);
      right.setMtu(1_500);
      const long = 'ü'.repeat(8_000);
      await talk(long, 8);
      await sizesAre(1_472, 1_472);
      // A switch between them would take jumbo frames from the left, and drop them towards the right.
      left.setMtu(9_000);
      right.setAddress('10.77.0.6/24');
      await talk(long, 8);
      await sizesAre(1_472, 1_472);
      right.setMtu(9_000);
      right.setAddress('10.77.0.7/24');
      await talk(long, 8);
      await sizesAre(datagramBytesMax, datagramBytesMax);
    });

    it('lose 20 % each way, and nothing that was said', async () => {
      // Without nftables the simulated network shows it alone.
      if (!left.loseIncoming(20) || !right.loseIncoming(20)) return;
      await talk('through the noise', 50);
      left.loseNothing();
      right.loseNothing();
    });

    it('go on when one of them gets another address', async () => {
      right.setAddress('10.77.0.3/24');
      await talk('moved', 3);
    });

    it('are met again within 2 s by who has nothing to say, and the server tells where', async () => {
      await talk('before', 1);
      const startMs = performance.now();
      right.setAddress('10.77.0.4/24');
      await eventually(() => expect(serverLines.join()).toMatch(/bob moved to 10\.77\.0\.4:/));
      await say(alice, bob, 'found', 1);
      expect(performance.now() - startMs).toBeLessThan(metAgainMs + slackMs);
    });

    it('are met again within 2 s of a cable that was out', async () => {
      right.pullCable();
      const id = newId();
      await bob.send(id, keyOf(bob, alice), 'without a cable');
      await eventually(() => expect(serverLines.at(-1)).toContain('bob is offline'));
      const startMs = performance.now();
      right.plugCableIn('10.77.0.5/24');
      await eventually(() => expect(alice.shown.get(id)).toBe(1));
      expect(performance.now() - startMs).toBeLessThan(metAgainMs + slackMs);
    });

    /** What each of them sends at most; found as more and more is said. */
    async function sizesAre(ofAlice: number, ofBob: number): Promise<void> {
      await eventually(async () => {
        await talk('ü'.repeat(8_000), 2);
        const sizes = [
          await alice.datagramBytesTo(keyOf(alice, bob)),
          await bob.datagramBytesTo(keyOf(bob, alice)),
        ];
        expect(sizes).toEqual([ofAlice, ofBob]);
      });
    }

    /** Each says so many messages to the other, and reads the other's once and in order. */
    async function talk(text: string, count: number): Promise<void> {
      await Promise.all([say(alice, bob, text, count), say(bob, alice, text, count)]);
    }
  });
}

async function say(from: ScriptedUser, to: ScriptedUser, text: string, count: number): Promise<void> {
  const ids = Array.from({ length: count }, newId);
  for (const [index, id] of ids.entries()) await from.send(id, keyOf(from, to), `${text} ${index}`);
  await eventually(async () => {
    const heard = await to.historySince(keyOf(to, from), undefined);
    const mine = heard.filter(({ author, id }) => author === keyOf(to, from) && ids.includes(id));
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
