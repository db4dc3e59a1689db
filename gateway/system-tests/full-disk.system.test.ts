import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { expect, it, onTestFinished } from 'vitest';
import { formatAddress, type Address } from '../../shared/address.ts';
import type { Answer, Command } from '../../shared/bridge/commands.ts';
import { directConversation } from '../../shared/conversation.ts';
import type { MessageId } from '../../shared/ids.ts';
import { contentText } from '../../shared/content-text.ts';
import type { RoleChoice } from '../cli/command-line.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import { backUp, restore } from '../data-dir/backup.ts';
import { makeFolder, serverFolder } from '../data-dir/data-dir.ts';
import { startGateway, type Gateway } from '../gateway.ts';
import { sampleName } from '../store/sample.ts';
import { openServerStore } from '../store/sqlite/server/server-store.ts';
import { eventually } from './eventually.ts';
import { needs } from './needs.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A file system of 4 MiB, which holds a client's databases and some messages. */
const diskBytes = 4 * 1024 * 1024;

it('a sender with a full disk is refused with the reason, keeps what it saved, and recovers when there is room', async () => {
  const { folder, unmount } = needs('to mount a tmpfs', 'mount', mountSmallDisk);
  onTestFinished(unmount);
  const gateways: Gateway[] = [];
  onTestFinished(async () => {
    for (const gateway of gateways.toReversed()) await gateway.close();
  });
  const start = async (role: Parameters<typeof startGateway>[0]['role'], dataRoot: string) => {
    const gateway = await startGateway({ role, dataRoot, ...options });
    gateways.push(gateway);
    return gateway;
  };
  const server = { host: '127.0.0.1', port: 0 };
  const host = await start({ type: 'app' }, temporaryFolder());
  await done(host.api, { type: 'host', nickname: 'bob' });
  const hosting = host.api.snapshot().snapshot.hosting;
  server.port = hosting?.port ?? 0;
  const alice = await start(clientOf('alice', server), path.join(folder, 'alice'));
  await eventually(() => expect(contactNames(alice.api)).toContain('bob'));
  await eventually(() => expect(contactNames(host.api)).toContain('alice'));
  const bob = alice.api.snapshot().snapshot.contacts.find(({ nickname }) => nickname === 'bob');
  if (bob === undefined) throw new Error(`bob is not at ${formatAddress(server)}`);
  const say = (text: string): Promise<Answer> =>
    execute(alice.api, {
      type: 'send',
      id: uuidv7() as MessageId,
      conversation: directConversation(bob.key),
      content: { kind: 'text', text },
    });

  // Without an answer, the host would take only the first messages.
  const me = host.api.snapshot().snapshot.contacts.find(({ nickname }) => nickname === 'alice');
  if (me === undefined) throw new Error('alice is not in the client table of the host');
  await done(host.api, { type: 'allow', peer: me.key });
  expect(await say('before')).toEqual({ status: 'done' });
  const ballast = path.join(folder, 'ballast');
  fill(ballast);
  // The WAL may still have room for some messages.
  const saved = ['before'];
  let refusal: Answer | undefined;
  for (let number = 1; refusal === undefined && number <= 2_000; number++) {
    const text = `${number} ${'x'.repeat(4_000)}`;
    const answer = await say(text);
    if (answer.status === 'done') saved.push(text);
    else refusal = answer;
  }
  expect(refusal).toMatchObject({ status: 'refused', code: 'storage-failed', retry: true });
  expect(textsAt(alice.api)).toEqual(saved.slice(-50));

  fs.rmSync(ballast);
  await eventually(async () => expect(await say('after')).toEqual({ status: 'done' }));
  await eventually(() => {
    const received = textsAt(host.api);
    expect(received).toEqual([...saved, 'after'].slice(-received.length));
    expect(received.at(-1)).toBe('after');
  });
}, 120_000);

it('chats on a disk that became read-only can be backed up, also after a crash', () => {
  const { folder, unmount } = needs('to mount a tmpfs', 'mount', mountSmallDisk);
  onTestFinished(unmount);
  const place = makeFolder(serverFolder(folder, 50_000));
  const crashed = makeFolder(serverFolder(folder, 50_001));
  const name = 'server.sqlite';
  const store = openServerStore(path.join(place, name));
  store.begin();
  store.names.put(sampleName(1));
  store.commit();
  store.sync();
  // Before the store closes, the name is only in the WAL.
  for (const end of ['', '-wal'])
    fs.copyFileSync(path.join(place, name + end), path.join(crashed, name + end));
  store.close();
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  const backup = path.join(temporaryFolder(), 'chats.backup');
  backUp(folder, backup);
  const other = temporaryFolder();
  restore(other, backup);
  for (const port of [50_000, 50_001]) {
    const restored = openServerStore(path.join(serverFolder(other, port), name));
    expect(restored.names.all()).toHaveLength(1);
    restored.close();
  }
});

const options = {
  http: { host: '127.0.0.1', port: 0, portMayMove: true },
  lab: null,
  discovery: false,
  profile: 'normal',
  logLevel: 'silent',
  guests: false,
  guestsAt: null,
  guestPage: '/nowhere',
  app: { type: 'static', folder: '/nowhere' },
  version: 'test',
} as const;

function mountSmallDisk(): { readonly folder: string; readonly unmount: () => void } {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync('/tmp'), 'chatagram-small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', folder]);
  const unmount = (): void => {
    execFileSync('umount', ['-l', folder]);
    fs.rmSync(folder, { recursive: true });
  };
  return { folder, unmount };
}

/** Takes all remaining bytes. */
function fill(file: string): void {
  const descriptor = fs.openSync(file, 'w');
  try {
    for (let bytes = 65_536; bytes >= 1;) {
      try {
        fs.writeSync(descriptor, Buffer.alloc(bytes));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
        bytes = Math.floor(bytes / 2);
      }
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

function contactNames(api: GatewayApi): (string | null)[] {
  return api
    .snapshot()
    .snapshot.contacts.filter(({ online }) => online)
    .map(({ nickname }) => nickname);
}

/** The newest messages of the only conversation, as in a snapshot for a new tab. */
function textsAt(api: GatewayApi): string[] {
  return api
    .snapshot()
    .snapshot.conversations.flatMap(({ messages }) => messages)
    .filter(({ content }) => content.kind === 'text')
    .map(({ content }) => contentText(content));
}

async function done(api: GatewayApi, command: Command): Promise<void> {
  expect(await execute(api, command)).toMatchObject({ status: 'done' });
}

function execute(api: GatewayApi, command: Command): Promise<Answer> {
  return api.execute(uuidv7(), command);
}

function clientOf(nickname: string, { host, port }: Address): RoleChoice {
  return { type: 'client', nickname, server: { host: { type: 'ip', host }, port }, clientPort: 0 };
}
