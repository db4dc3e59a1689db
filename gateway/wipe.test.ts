import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AnswerTo, Command } from '../shared/bridge/commands.ts';
import type { BridgeEvent } from '../shared/bridge/events.ts';
import { directConversation } from '../shared/conversation.ts';
import { ownKey } from '../shared/model/chat.ts';
import { idOf } from '../shared/model/samples.ts';
import { clientsFolder } from './data-dir/data-dir.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { gatewayOptions } from './system-tests/gateway-options.ts';
import { temporaryFolder } from './system-tests/temporary-folder.ts';

/** The command `wipe` in real gateways, with real data folders. */

const running = new Set<Gateway>();
afterEach(async () => {
  await Promise.all([...running].map((gateway) => gateway.close()));
  running.clear();
});

async function start(dataRoot = temporaryFolder()) {
  const wiped = Promise.withResolvers<undefined>();
  const gateway = await startGateway({
    ...gatewayOptions({ dataRoot }),
    onWiped: () => wiped.resolve(undefined),
  });
  running.add(gateway);
  return { gateway, dataRoot, wiped: wiped.promise };
}

let commands = 0;
function execute<C extends Command>(gateway: Gateway, command: C): Promise<AnswerTo<C>> {
  return gateway.api.execute(`wipe-${++commands}`, command);
}

const words = 'zebra crossing 4711';

/** A chat that alice hosts and bob has joined. Each has a message. */
async function chatOfTwo() {
  const alice = await start();
  await execute(alice.gateway, { type: 'host', nickname: 'alice' });
  const bob = await start();
  const server = { address: `127.0.0.1:${alice.gateway.api.snapshot().snapshot.hosting?.port ?? 0}` };
  await execute(bob.gateway, { type: 'join', nickname: 'bob', server });
  const me = ownKey(bob.gateway.api.snapshot().snapshot.session);
  if (me === null) throw new Error('bob is not online');
  const content = { kind: 'text', text: words } as const;
  const conversation = directConversation(me);
  expect(await execute(bob.gateway, { type: 'send', id: idOf(1), conversation, content })).toEqual({
    status: 'done',
  });
  return { alice, bob };
}

function namesIn(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true }).map(String);
}

function filesWith(folder: string, text: string): string[] {
  return namesIn(folder).filter((name) => {
    const file = path.join(folder, name);
    return fs.statSync(file).isFile() && fs.readFileSync(file).includes(text);
  });
}

function eventsOf(gateway: Gateway): BridgeEvent[] {
  const events: BridgeEvent[] = [];
  gateway.api.subscribe(({ event }) => events.push(event));
  return events;
}

describe('the command wipe', () => {
  it('leaves nothing in the data folder, and the server frees the nickname', async () => {
    const { alice, bob } = await chatOfTwo();
    const events = eventsOf(bob.gateway);
    expect(filesWith(bob.dataRoot, words)).not.toEqual([]);
    expect(await execute(bob.gateway, { type: 'wipe', nickname: 'BOB' })).toEqual({ status: 'done' });
    await bob.wiped;
    expect(events.at(-1)).toEqual({ type: 'wiped', report: { released: 'bob', taken: [], left: [] } });
    expect(filesWith(bob.dataRoot, words)).toEqual([]);
    expect(await execute(bob.gateway, { type: 'host', nickname: 'bob' })).toMatchObject({
      status: 'refused',
    });

    const page = await fetch(new URL('/wiped', bob.gateway.url()));
    expect(page.headers.get('clear-site-data')).toBe('"storage"');
    expect(page.headers.get('set-cookie')).toContain('Expires=Thu, 01 Jan 1970');
    expect(await page.text()).toContain('The server has freed the nickname bob.');
    await bob.gateway.close();
    expect(namesIn(bob.dataRoot)).toEqual([]);

    const another = await start();
    const server = { address: `127.0.0.1:${alice.gateway.api.snapshot().snapshot.hosting?.port ?? 0}` };
    expect(await execute(another.gateway, { type: 'join', nickname: 'bob', server })).toEqual({
      status: 'done',
    });
  });

  it('ends a chat that is hosted here, and says which nicknames stay taken and which files it left', async () => {
    const { alice, bob } = await chatOfTwo();
    fs.writeFileSync(path.join(bob.dataRoot, '<b>notes'), 'mine');
    await execute(alice.gateway, { type: 'wipe', nickname: 'alice' });
    await alice.wiped;
    await alice.gateway.close();
    expect(namesIn(alice.dataRoot)).toEqual([]);
    const events = eventsOf(bob.gateway);
    await execute(bob.gateway, { type: 'wipe', nickname: 'bob' });
    await bob.wiped;
    const [{ server } = { server: undefined }] = bob.gateway.api.snapshot().snapshot.profiles;
    expect(server).toBeUndefined();
    expect(events.at(-1)).toMatchObject({
      type: 'wiped',
      report: { released: null, taken: [{ nickname: 'bob' }], left: ['<b>notes'] },
    });
    const page = await (await fetch(new URL('/wiped', bob.gateway.url()))).text();
    expect(page).toContain('&#60;b&#62;notes');
    const german = await (await fetch(new URL('/wiped?language=de', bob.gateway.url()))).text();
    expect(german).toContain('<html lang="de">');
    expect(german).toContain('Diese Spitznamen bleiben vergeben');
    const other = await (await fetch(new URL('/wiped?language=<b>', bob.gateway.url()))).text();
    expect(other).toBe(page);
    await bob.gateway.close();
    expect(namesIn(bob.dataRoot)).toEqual(['<b>notes']);
  });

  it('is refused with another nickname, and while another gateway uses the data folder', async () => {
    const { bob } = await chatOfTwo();
    expect(await execute(bob.gateway, { type: 'wipe', nickname: 'rob' })).toMatchObject({
      code: 'wipe-nickname-wrong',
    });
    const second = await start(bob.dataRoot);
    const answer = await execute(bob.gateway, { type: 'wipe', nickname: 'bob' });
    expect(answer).toMatchObject({ code: 'wipe-blocked', retry: true });
    expect(JSON.stringify(answer)).toContain(second.gateway.url());
    expect(bob.gateway.api.snapshot().snapshot.session.phase).toBe('online');
    expect(filesWith(bob.dataRoot, words)).not.toEqual([]);
    expect((await fetch(new URL('/wiped', bob.gateway.url()))).headers.has('clear-site-data')).toBe(false);

    await second.gateway.close();
    expect(await execute(bob.gateway, { type: 'wipe', nickname: 'bob' })).toEqual({ status: 'done' });
  });
});

describe('a wipe on a disk that fails', () => {
  it('is refused with wipe-unfinished, ends the gateway, and the next start removes what is left', async () => {
    const { bob } = await chatOfTwo();
    const clients = clientsFolder(bob.dataRoot);
    const remove = fs.rmSync.bind(fs);
    const failing = vi.spyOn(fs, 'rmSync').mockImplementation((file, options) => {
      if (file === clients) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      remove(file, options);
    });
    const events = eventsOf(bob.gateway);
    const answer = await execute(bob.gateway, { type: 'wipe', nickname: 'bob' });
    expect(answer).toMatchObject({ status: 'refused', code: 'wipe-unfinished', retry: false });
    await bob.wiped;
    expect(events.map(({ type }) => type)).not.toContain('wiped');
    await bob.gateway.close().catch(() => undefined);
    failing.mockRestore();
    expect(namesIn(bob.dataRoot)).toContain(path.join('wiping', 'marker.json'));

    const again = await start(bob.dataRoot);
    expect(again.gateway.api.snapshot().snapshot.profiles).toEqual([]);
    expect(filesWith(bob.dataRoot, words)).toEqual([]);
  });
});

describe('the command data-folder', () => {
  it('measures the files by what they are for, and names the command for a backup', async () => {
    const { bob } = await chatOfTwo();
    const answer = await execute(bob.gateway, { type: 'data-folder' });
    if (answer.status === 'refused') throw new Error(answer.sentence);
    const { path: place, sizes, complete, backupCommand } = answer.result;
    expect({ place, complete }).toEqual({ place: bob.dataRoot, complete: true });
    expect(sizes.find(({ kind }) => kind === 'database')).toMatchObject({ files: 1 });
    expect(sizes.find(({ kind }) => kind === 'write-log')?.bytes).toBeGreaterThan(0);
    expect(backupCommand).toContain(`backup chats.backup --data ${bob.dataRoot}`);
  });
});
