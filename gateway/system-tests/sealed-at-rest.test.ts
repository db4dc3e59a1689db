import fs from 'node:fs';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { afterEach, describe, expect, it } from 'vitest';
import { parseMessageId } from '../../shared/ids.ts';
import { UdpSocket } from '../net/udp-socket.ts';
import { eventually } from './eventually.ts';
import { GatewayProcess } from './gateway-process.ts';
import { ScriptedUser } from './scripted-user.ts';
import { temporaryFolder } from './temporary-folder.ts';

const secretText = 'only bob reads this: zebra crossing 4711';
const running: GatewayProcess[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((process) => process.kill()));
});

/** Lists the files below this folder that hold the text, journals included. */
function filesWithText(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => fs.readFileSync(file).includes(secretText));
}

describe('the text of a message that waits on a server', () => {
  it('is in no file and no log line of the server, neither while it waits nor after the delivery', async () => {
    const folder = temporaryFolder();
    const [serverFolder, aliceFolder, bobFolder] = ['server', 'alice', 'bob'].map((name) =>
      path.join(folder, name),
    ) as [string, string, string];
    const socket = await UdpSocket.open({ port: 0 });
    const { port } = socket;
    await socket.close();
    const lines: string[] = [];
    const server = new GatewayProcess('server', ['-s', String(port), '--data', serverFolder], (line) =>
      lines.push(line),
    );
    const alice = new ScriptedUser('alice', { host: '127.0.0.1', port }, aliceFolder);
    const bob = new ScriptedUser('bob', { host: '127.0.0.1', port }, bobFolder);
    running.push(server, alice.process, bob.process);
    for (const one of [server, alice, bob]) one.start();
    await eventually(() => expect([alice.keyOf('bob'), bob.keyOf('alice')]).not.toContain(undefined));
    const [aliceKey, bobKey] = [bob.keyOf('alice'), alice.keyOf('bob')];
    const id = parseMessageId(uuidv7());
    if (aliceKey === undefined || bobKey === undefined || id === undefined)
      throw new Error('a user is missing');
    await bob.process.stop();
    await alice.send(id, bobKey, secretText);
    await eventually(() => expect(lines.join('\n')).toContain('stored a message'));
    expect(filesWithText(serverFolder)).toEqual([]);
    expect(filesWithText(aliceFolder)).not.toEqual([]);
    bob.start();
    await eventually(() => expect(bob.shown.get(id)).toBe(1));
    await eventually(async () => {
      const [message] = await alice.historySince(bobKey, undefined);
      expect(message?.delivery?.state).toBe('delivered');
    });
    expect(filesWithText(serverFolder)).toEqual([]);
    await server.stop();
    expect(filesWithText(serverFolder)).toEqual([]);
    expect(filesWithText(bobFolder)).not.toEqual([]);
    expect([...lines, ...server.stderr].join('\n')).not.toContain(secretText);
  }, 60_000);
});
