import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseMessageId } from '../../shared/ids.ts';
import { UdpSocket } from '../net/udp-socket.ts';
import { eventually } from './eventually.ts';
import { GatewayProcess } from './gateway-process.ts';
import { ScriptedUser } from './scripted-person.ts';
import { syncOrderOf } from './sync-order.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** kill -9 does not show a missing fsync: the page cache outlives the process. The system calls show it. */
const calls = 'trace=write,writev,pwrite64,pwritev,fsync,fdatasync,sendmsg,sendmmsg,sendto';
const messagesEach = 10;

describe('what strace shows of a gateway', () => {
  it('is read right: words that leave before their sync are found', () => {
    const write = 'pwrite64(25</x/client.sqlite-wal>, ""..., 4096, 32) = 4096';
    const sync = 'fdatasync(25</x/client.sqlite-wal>) = 0';
    const send = 'sendmmsg(30<UDP:[127.0.0.1:5]>, [{}], 1, 0) = 1';
    const tell = 'write(1<pipe:[77]>, ""..., 20) = 20';
    expect(syncOrderOf([write, sync, send, tell])).toEqual({ writes: 1, syncs: 1, departures: 2, early: [] });
    expect(syncOrderOf([write, send, sync, tell]).early).toEqual([send]);
    expect(syncOrderOf([sync, write, tell]).early).toEqual([tell]);
    expect(syncOrderOf([write, sync.replace('-wal', ''), send]).early).toEqual([send]);
  });

  if (spawnSync('strace', ['-c', '-o', '/dev/null', process.execPath, '--version']).status === 0) {
    it('DESIGN 7: no datagram and no answer leaves before its words are on the disk', async () => {
      const folder = temporaryFolder();
      const port = await freePort();
      const logOf = (name: string) => path.join(folder, `${name}.strace`);
      // -D: the gateway is the child that gets the signals, and strace its grandchild.
      const traced = (name: string) => ['strace', '-D', '-yy', '-s', '0', '-e', calls, '-o', logOf(name)];
      const server = new GatewayProcess(
        'server',
        ['-s', String(port), '--data', path.join(folder, 'server')],
        undefined,
        traced('server'),
      );
      const [alice, bob] = ['alice', 'bob'].map(
        (name) => new ScriptedUser(name, { host: '127.0.0.1', port }, path.join(folder, name), traced(name)),
      ) as [ScriptedUser, ScriptedUser];
      const all = [server, alice.process, bob.process];
      onTestFinished(async () => {
        await Promise.all(all.map((one) => one.kill()));
      });
      for (const one of [server, alice, bob]) one.start();
      await eventually(() => expect(alice.keyOf('bob') ?? '').not.toBe(''));
      await eventually(() => expect(bob.keyOf('alice') ?? '').not.toBe(''));
      for (let number = 1; number <= messagesEach; number++) {
        await say(alice, bob, `message ${number}`);
        await say(bob, alice, `answer ${number}`);
      }
      await bob.process.stop();
      // What waits at the server is on its disk, too.
      await say(alice, bob, 'for later');
      await eventually(() => expect(alice.shown.size).toBeGreaterThan(messagesEach));
      for (const one of [alice.process, server]) await one.stop();
      for (const name of ['server', 'alice', 'bob']) {
        const order = syncOrderOf(fs.readFileSync(logOf(name), 'utf8').split('\n'));
        expect(order.early, name).toEqual([]);
        expect(order.departures, name).toBeGreaterThan(10);
        // Each message, each receipt: at least one sync for every message said or heard by a person.
        expect(order.syncs, name).toBeGreaterThan(name === 'server' ? 2 : 2 * messagesEach);
        expect(order.writes, name).toBeGreaterThanOrEqual(order.syncs);
      }
    }, 240_000);
  }
});

async function say(from: ScriptedUser, to: ScriptedUser, text: string): Promise<void> {
  const id = parseMessageId(uuidv7());
  const key = from.keyOf(to.nickname);
  if (id === undefined || key === undefined) throw new Error('nobody to speak to');
  await from.send(id, key, text);
  if (to.process.isAlive) await eventually(() => expect(to.shown.get(id)).toBe(1));
}

async function freePort(): Promise<number> {
  const socket = await UdpSocket.open({ port: 0 });
  await socket.close();
  return socket.port;
}
