import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { expect, it, onTestFinished } from 'vitest';
import { parseMessageId } from '../../shared/ids.ts';
import { eventually } from './eventually.ts';
import { freeUdpPort } from './free-port.ts';
import { GatewayProcess } from './gateway-process.ts';
import { needs } from './needs.ts';
import { ScriptedUser } from './scripted-user.ts';
import { syncOrderOf } from './sync-order.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** SIGKILL does not show a missing fsync, because the page cache outlives the process. The system calls show it. */
const calls = 'trace=write,writev,pwrite64,pwritev,fsync,fdatasync,sendmsg,sendmmsg,sendto';
const messagesEach = 10;

it('no datagram, receipt or answer to a command leaves a process before the write that it confirms is on the disk', async () => {
  needs('strace', 'strace', () =>
    execFileSync('strace', ['-c', '-o', '/dev/null', process.execPath, '--version']),
  );
  const folder = temporaryFolder();
  const port = await freeUdpPort();
  const logOf = (name: string) => path.join(folder, `${name}.strace`);
  // -D: the gateway is the child that gets the signals, and strace is its grandchild.
  const traced = (name: string) => ['strace', '-D', '-yy', '-s', '200', '-e', calls, '-o', logOf(name)];
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
  // The server's mail is on its disk, too.
  await say(alice, bob, 'for later');
  await eventually(() => expect(alice.shown.size).toBeGreaterThan(messagesEach));
  for (const one of [alice.process, server]) await one.stop();
  for (const name of ['server', 'alice', 'bob']) {
    const order = syncOrderOf(fs.readFileSync(logOf(name), 'utf8').split('\n'));
    expect(order.early, name).toEqual([]);
    expect(order.datagrams, name).toBeGreaterThan(10);
    expect(order.answers, name).toBe(name === 'server' ? 0 : messagesEach + Number(name === 'alice'));
    // At least one sync for each message that a client sends or receives.
    expect(order.syncs, name).toBeGreaterThan(name === 'server' ? 2 : 2 * messagesEach);
    expect(order.writes, name).toBeGreaterThanOrEqual(order.syncs);
  }
}, 240_000);

async function say(from: ScriptedUser, to: ScriptedUser, text: string): Promise<void> {
  const id = parseMessageId(uuidv7());
  const key = from.keyOf(to.nickname);
  if (id === undefined || key === undefined) throw new Error('the recipient is unknown');
  await from.send(id, key, text);
  if (to.process.isAlive) await eventually(() => expect(to.shown.get(id)).toBe(1));
}
