import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { directConversation } from '../../shared/conversation.ts';
import { pieceBytes } from '../../shared/files/tree.ts';
import { digestFromBytes, newMessageId, type MessageId } from '../../shared/ids.ts';
import type { RunningClient } from '../control/ports.ts';
import { wholeBlobs } from '../files/stored-blobs.ts';
import { eventually } from '../system-tests/eventually.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { startClient } from './running-client.ts';
import { startServer } from './running-server.ts';

/** Files between clients with real sockets on loopback, and real disks. */

const options = {
  lab: null,
  profile: 'normal' as const,
  url: () => null,
  onFault: (error: unknown): void => {
    throw error;
  },
  onChange: () => undefined,
};
const running = new Set<{ close(): Promise<void> }>();

afterEach(async () => {
  for (const role of [...running].reverse()) await role.close();
  running.clear();
});

class Person {
  readonly nickname: string;
  readonly folder = temporaryFolder();
  readonly #port: number;
  #client: RunningClient | undefined;

  constructor(nickname: string, port: number) {
    this.nickname = nickname;
    this.#port = port;
    running.add(this);
  }

  get client(): RunningClient {
    if (this.#client === undefined) throw new Error(`${this.nickname} has not started`);
    return this.#client;
  }

  async start(): Promise<this> {
    const server = { address: { host: '127.0.0.1', port: this.#port } };
    const join = { nickname: this.nickname, server, clientPort: 0, hosted: false, keepTrying: true };
    this.#client = await startClient(join, { ...options, dataRoot: this.folder });
    this.client.command((role, now) => role.register(now));
    await eventually(() => expect(this.client.client.session().phase).toBe('online'));
    return this;
  }

  async close(): Promise<void> {
    await this.#client?.close({ forget: false });
    this.#client = undefined;
  }

  knows(other: Person): boolean {
    return this.client.client.contacts().some(({ key }) => key === other.client.key);
  }

  /** Offers a new file of so many bytes, and returns its message and its bytes. */
  async offer(to: Person, size: number): Promise<{ readonly of: MessageId; readonly bytes: Buffer }> {
    const bytes = randomBytes(size);
    const place = path.join(this.folder, 'plan.bin');
    fs.writeFileSync(place, bytes);
    const answer = await this.client.offerPath(place);
    if (answer.type === 'failed') throw new Error(`not offered: ${answer.code}`);
    const { source, name } = answer;
    const of = newMessageId(Date.now(), randomBytes(10));
    const { root } = source.blob;
    const content = {
      kind: 'file',
      name,
      size,
      type: 'application/octet-stream',
      root: digestFromBytes(root),
    } as const;
    const conversation = directConversation(to.client.key);
    const writing = { id: of, conversation, content };
    expect(this.client.command((role, now) => role.offerFile(now, writing, source)).status).toBe('done');
    return { of, bytes };
  }

  async accept(of: MessageId): Promise<void> {
    await eventually(() => expect(this.client.client.file(of)?.state).toBe('offered'));
    expect(this.client.command((role, now) => role.acceptFile(now, of)).status).toBe('done');
  }

  /** Waits until a file is here, and returns its bytes. */
  async received(of: MessageId): Promise<Buffer> {
    await eventually(() => expect(this.client.client.file(of)).toMatchObject({ state: 'done' }));
    const blobs = path.join(this.client.folder, 'blobs');
    const [blob] = wholeBlobs(blobs);
    return fs.readFileSync(path.join(blobs, blob?.name ?? ''));
  }
}

async function aliceAndBob(): Promise<readonly [Person, Person]> {
  const server = await startServer(0, { ...options, dataRoot: temporaryFolder() });
  running.add(server);
  const [alice, bob] = [new Person('alice', server.port), new Person('bob', server.port)];
  await Promise.all([alice.start(), bob.start()]);
  await eventually(() => expect([alice.knows(bob), bob.knows(alice)]).toEqual([true, true]));
  return [alice, bob];
}

describe('a file over real sockets', () => {
  it.each([0, 1, 3 * pieceBytes + 17])('arrives right to the byte: %i bytes', async (size) => {
    const [alice, bob] = await aliceAndBob();
    const { of, bytes } = await alice.offer(bob, size);
    await bob.accept(of);
    expect((await bob.received(of)).equals(bytes)).toBe(true);
    await eventually(() => expect(alice.client.client.file(of)?.peers[0]?.state).toBe('done'));
  });

  it('arrives although the recipient and then the author start again while it comes', async () => {
    const [alice, bob] = await aliceAndBob();
    const { of, bytes } = await alice.offer(bob, 64 * pieceBytes + 5);
    await bob.accept(of);
    await bob.close();
    await bob.start();
    await alice.close();
    await alice.start();
    expect((await bob.received(of)).equals(bytes)).toBe(true);
  });
});
