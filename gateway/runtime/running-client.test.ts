import { Socket } from 'node:dgram';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ClientEvent } from '../client/client-event.ts';
import type { JoinOptions, RunningClient, RunningServer } from '../control/ports.ts';
import { serverFolder } from '../data-dir/data-dir.ts';
import { readProfile } from '../data-dir/profiles.ts';
import { eventually } from '../system-tests/eventually.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { askServerKey } from './ask-server-key.ts';
import { startClient } from './running-client.ts';
import { startServer } from './running-server.ts';

/** Clients and servers with real sockets on loopback, and their data folders. */

const options = {
  lab: null,
  profile: 'normal' as const,
  url: () => null,
  onFault: (error: unknown): void => {
    throw error;
  },
};
const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const role of running.splice(0).reverse()) await role.close();
});

async function openServer(dataRoot: string, port = 0): Promise<RunningServer> {
  const server = await startServer(port, { ...options, dataRoot, onChange: () => undefined });
  running.push(server);
  return server;
}

/** Ends a server before the test does, so that another one can have its port. */
async function end(server: RunningServer): Promise<void> {
  running.splice(running.indexOf(server), 1);
  await server.close();
}

interface Alice {
  readonly client: RunningClient;
  readonly phase: () => string;
  close(forget?: boolean): Promise<void>;
}

async function openAlice(
  dataRoot: string,
  port: number,
  change: Partial<JoinOptions> = {},
  onChange: (event: ClientEvent) => void = () => undefined,
): Promise<Alice> {
  const client = await startClient(
    {
      nickname: 'alice',
      server: { address: { host: '127.0.0.1', port } },
      clientPort: 0,
      hosted: false,
      keepTrying: true,
      ...change,
    },
    { ...options, dataRoot, onChange },
  );
  client.command((role, now) => {
    role.register(now);
  });
  const alice = {
    client,
    phase: () => client.client.session().phase,
    close: async (forget = false) => {
      const index = running.indexOf(alice);
      if (index >= 0) running.splice(index, 1);
      await client.close({ forget });
    },
  };
  running.push(alice);
  return alice;
}

/** Joins until alice is online, and leaves. Returns the key of her identity. */
async function join(dataRoot: string, port: number): Promise<string> {
  const alice = await openAlice(dataRoot, port);
  await eventually(() => expect(alice.phase()).toBe('online'));
  await alice.close();
  return alice.client.key;
}

function foldersOf(dataRoot: string): string[] {
  return fs.readdirSync(path.join(dataRoot, 'clients')).map((name) => path.join(dataRoot, 'clients', name));
}

/** Stops a server, and starts it again with the same data on another port. */
async function move(dataRoot: string, server: RunningServer): Promise<RunningServer> {
  await end(server);
  const other = await openServer(temporaryFolder());
  const { port } = other;
  await end(other);
  fs.renameSync(serverFolder(dataRoot, server.port), serverFolder(dataRoot, port));
  return openServer(dataRoot, port);
}

describe('the data folder of a running client', () => {
  it('is pending until the server has registered the client, and then knows key and address', async () => {
    const [mine, theirs] = [temporaryFolder(), temporaryFolder()];
    const server = await openServer(theirs);
    const { port } = server;
    await end(server);
    const alice = await openAlice(mine, port);
    const folder = foldersOf(mine)[0]!;
    expect(readProfile(folder)).toMatchObject({ serverKeys: [], addresses: [`127.0.0.1:${port}`] });
    await openServer(theirs, port);
    alice.client.command((role, now) => {
      role.register(now);
    });
    await eventually(() => expect(readProfile(folder)?.serverKeys).toHaveLength(1));
    expect(foldersOf(mine)).toEqual([folder]);
  });

  it('is found again by the key when the server has another address, and then knows both addresses', async () => {
    const [mine, theirs] = [temporaryFolder(), temporaryFolder()];
    const server = await openServer(theirs);
    const key = await join(mine, server.port);
    const moved = await move(theirs, server);
    expect(await join(mine, moved.port)).toBe(key);
    const [folder, ...others] = foldersOf(mine);
    expect(others).toEqual([]);
    expect(readProfile(folder!)?.addresses).toEqual(
      [server, moved].toReversed().map(({ port }) => `127.0.0.1:${port}`),
    );
  });

  it('stays when the user accepts the key of a server that was set up again, and then knows both keys', async () => {
    const [mine, theirs] = [temporaryFolder(), temporaryFolder()];
    const server = await openServer(theirs);
    const key = await join(mine, server.port);
    const folder = foldersOf(mine)[0]!;
    const before = readProfile(folder)?.serverKeys ?? [];
    await end(server);
    const again = await openServer(temporaryFolder(), server.port);
    const alice = await openAlice(mine, again.port);
    await eventually(() => expect(alice.phase()).toBe('refused'));
    const session = alice.client.client.session();
    const found = session.phase === 'refused' ? session.foundServer?.key : undefined;
    expect(found).toBeDefined();
    alice.client.command((role, now) => {
      role.acceptServerKey(now, found!);
    });
    await eventually(() => expect(alice.phase()).toBe('online'));
    await alice.close();
    expect(readProfile(folder)?.serverKeys).toEqual([found, ...before]);
    expect(foldersOf(mine)).toEqual([folder]);
    expect(alice.client.key).toBe(key);
  });

  it('goes to one of two gateways that start at the same time, and the other one is told so', async () => {
    const mine = temporaryFolder();
    const { port } = await openServer(temporaryFolder());
    const results = await Promise.allSettled([openAlice(mine, port), openAlice(mine, port)]);
    const refusals = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    expect(refusals).toEqual([expect.objectContaining({ code: 'data-folder-in-use' })]);
    expect(foldersOf(mine)).toHaveLength(1);
  });

  it('is gone after a first join that the user gave up, and a later one begins with a new identity', async () => {
    const mine = temporaryFolder();
    const { port } = await openServer(temporaryFolder());
    const alice = await openAlice(mine, port);
    await alice.close(true);
    expect(foldersOf(mine)).toEqual([]);
    expect(await join(mine, port)).not.toBe(alice.client.key);
  });

  it('keeps its identity when a crash came between the commit that pinned the key and the profile', async () => {
    const [mine, theirs] = [temporaryFolder(), temporaryFolder()];
    const server = await openServer(theirs);
    const key = await join(mine, server.port);
    const folder = foldersOf(mine)[0]!;
    fs.rmSync(path.join(folder, 'profile.json'));
    const moved = await move(theirs, server);
    expect(await join(mine, moved.port)).toBe(key);
    expect(readProfile(folder)?.serverKeys).toHaveLength(1);
  });

  it('is a folder of its own for a second server that the user names by its key, and pins that key at once', async () => {
    const mine = temporaryFolder();
    const first = await openServer(temporaryFolder());
    const key = await join(mine, first.port);
    const address = { host: '127.0.0.1', port: first.port };
    await end(first);
    const second = await openServer(temporaryFolder(), first.port);
    const secondKey = await askServerKey(address);
    await end(second);
    const alice = await openAlice(mine, first.port, {
      server: { key: { type: 'whole', key: secondKey! }, address },
    });
    expect(alice.client.key).not.toBe(key);
    await alice.close();
    const keys = foldersOf(mine).map((folder) => readProfile(folder)?.serverKeys);
    expect(keys).toContainEqual([secondKey]);
    expect(keys).toHaveLength(2);
  });
});

it('a command sends its datagrams before it tells of its changes: another person waits for them', async () => {
  const dataRoot = temporaryFolder();
  const { port } = await openServer(dataRoot);
  const send = vi.spyOn(Socket.prototype, 'send');
  onTestFinished(() => send.mockRestore());
  const told = vi.fn();
  const before = send.mock.calls.length;
  await openAlice(dataRoot, port, {}, told);
  const sent = send.mock.invocationCallOrder[before];
  expect(told.mock.invocationCallOrder[0]).toBeGreaterThan(sent ?? Number.POSITIVE_INFINITY);
});
