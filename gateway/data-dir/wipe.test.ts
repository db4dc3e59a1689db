import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { StartError } from '../runtime/start-error.ts';
import { sampleEpoch, sampleIdentity, sampleInstallation, sampleMessage } from '../store/sample.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import { openServerStore } from '../store/sqlite/server/server-store.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { clientFolder, gatewayFolder, makeFolder, serverFolder } from './data-dir.ts';
import { acquireGatewayDir } from './gateway-dir.ts';
import { updateProfile } from './profiles.ts';
import { finishWipe, foreignNames, inUseSentence, prepareWipe, type Wipe } from './wipe.ts';

const holder = fileURLToPath(new URL('../system-tests/lock-holder.ts', import.meta.url));
const killed = fileURLToPath(new URL('../system-tests/killed-wipe.ts', import.meta.url));
const identity = sampleIdentity(7);
const words = 'zebra crossing 4711';
const timeoutMs = 240_000;

let root: string;

/** Leaves a chat as a killed gateway does: with a log of writes, the names of processes, and a draft. */
function makeChats(): string {
  const made = temporaryFolder();
  const client = makeFolder(clientFolder(made, 'alice', { host: '10.0.0.1', port: 50_000 }));
  const store = openClientStore(path.join(client, 'client.sqlite'));
  store.begin();
  store.facts.set({ identity, installation: sampleInstallation(9), nickname: 'alice' });
  store.messages.insert({ ...sampleMessage(1), content: { kind: 'text', text: words } });
  store.commit();
  const log = fs.readFileSync(path.join(client, 'client.sqlite-wal'));
  store.close();
  fs.writeFileSync(path.join(client, 'client.sqlite-wal'), log);
  const server = { address: '10.0.0.1:50000', key: identity.key };
  updateProfile(client, { nickname: 'alice', server, hosted: false, nowMs: 1 });
  fs.writeFileSync(path.join(client, 'profile.json.new'), words);
  const hosted = openServerStore(path.join(makeFolder(serverFolder(made, 50_000)), 'server.sqlite'));
  hosted.begin();
  hosted.facts.set({ identity, epoch: sampleEpoch(4) });
  hosted.commit();
  hosted.close();
  fs.writeFileSync(path.join(makeFolder(gatewayFolder(made, 5050)), 'access.json'), words);
  fs.writeFileSync(path.join(makeFolder(path.join(made, 'restoring', 'drafts')), '0'), words);
  return made;
}

beforeEach(() => {
  root = makeChats();
});

/** Returns all files below the root, with what they hold. */
function filesIn(folder: string): Map<string, Buffer> {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file), fs.readFileSync(file)]),
  );
}

/** The files with something of the chats in them. */
function filesWithSecrets(folder: string): string[] {
  const secrets = [
    words,
    'alice',
    identity.key,
    Buffer.from(identity.key, 'hex'),
    Buffer.from(identity.seed),
  ];
  return [...filesIn(folder)]
    .filter(([, bytes]) => secrets.some((secret) => bytes.includes(secret)))
    .map(([name]) => name);
}

function prepared(own: ReadonlySet<string> = new Set()): Wipe {
  const wipe = prepareWipe(root, own);
  if ('inUse' in wipe) throw new Error(inUseSentence(root, wipe.inUse));
  return wipe;
}

/** Runs the wipe in a process that kills itself just before this change of the disk. Undefined if it came to its end first. */
async function wipeKilledAt(change: number): Promise<string | undefined> {
  const run = promisify(execFile)(process.execPath, [killed, root, String(change)]);
  return run.then(
    () => undefined,
    (error: unknown) => (error instanceof Error && 'signal' in error ? String(error.signal) : 'unknown'),
  );
}

describe('a wipe of the data root', () => {
  it('leaves no byte of messages, keys, logs of writes and temporary files', () => {
    expect(filesWithSecrets(root).length).toBeGreaterThanOrEqual(6);
    const wipe = prepared();
    wipe.begin();
    wipe.removeRoles();
    wipe.end();
    expect([...filesIn(root).keys()]).toEqual([]);
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it('changes nothing when it is cancelled before it begins', () => {
    const earlier = filesIn(root);
    prepared().cancel();
    for (const [name, bytes] of earlier) expect(filesIn(root).get(name), name).toEqual(bytes);
    expect(finishWipe(root)).toEqual([]);
    expect(filesIn(root).get('gateways/5050/access.json')?.toString()).toBe(words);
  });

  it('removes the folders of this process once they are closed', () => {
    const own = acquireGatewayDir(root, 5051);
    const wipe = prepared(new Set([own.folder]));
    wipe.begin();
    wipe.removeRoles();
    expect(fs.existsSync(own.folder)).toBe(true);
    own.lock.release();
    wipe.end();
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it('leaves files that Chatagram did not make, and what a link leads to', () => {
    const elsewhere = temporaryFolder();
    fs.writeFileSync(path.join(elsewhere, 'thesis.txt'), 'mine');
    fs.symlinkSync(elsewhere, path.join(root, 'clients', 'link'));
    fs.writeFileSync(path.join(root, 'chats.backup'), words);
    expect(foreignNames(root)).toEqual(['chats.backup']);
    const wipe = prepared();
    wipe.begin();
    wipe.removeRoles();
    wipe.end();
    expect(fs.readdirSync(root)).toEqual(['chats.backup']);
    expect(fs.readFileSync(path.join(elsewhere, 'thesis.txt'), 'utf8')).toBe('mine');
  });

  it(
    'names a folder that another process uses, and changes nothing',
    async () => {
      const folder = gatewayFolder(root, 5050);
      const child = spawn(process.execPath, [holder, folder, 'http://127.0.0.1:5050/']);
      await once(child.stdout, 'data');
      const before = filesWithSecrets(root);
      const result = prepareWipe(root, new Set());
      if (!('inUse' in result)) throw new Error('the folder counts as free');
      expect(result.inUse).toEqual([
        { name: 'gateways/5050', by: { pid: child.pid, url: 'http://127.0.0.1:5050/' } },
      ]);
      expect(inUseSentence(root, result.inUse)).toContain(
        `gateways/5050 at http://127.0.0.1:5050/ (process ${String(child.pid)})`,
      );
      expect(filesWithSecrets(root)).toEqual(before);
      child.kill('SIGKILL');
      await once(child, 'exit');
      prepared().cancel();
    },
    timeoutMs,
  );

  it('lets no other gateway start while it runs, and no other wipe', () => {
    const wipe = prepared();
    expect(() => acquireGatewayDir(root, 5052)).toThrow(StartError);
    expect(() => finishWipe(root)).toThrow('Another Chatagram uses');
    expect(prepareWipe(root, new Set())).toHaveProperty('inUse');
    wipe.cancel();
    acquireGatewayDir(root, 5052).lock.release();
  });

  it(
    'that is killed leaves whole chats, or finishes at the next start',
    async () => {
      let ends = 0;
      for (let change = 1; ; change += 2) {
        root = makeChats();
        const whole = filesIn(root);
        if ((await wipeKilledAt(change)) === undefined) break;
        ends++;
        const hasBegun = fs.existsSync(path.join(root, 'wiping', 'marker.json'));
        if (!hasBegun && fs.existsSync(path.join(root, 'clients'))) {
          expect(finishWipe(root)).toEqual([]);
          const left = filesIn(root);
          for (const [name, bytes] of whole) expect(left.get(name), name).toEqual(bytes);
          continue;
        }
        const sentences = finishWipe(root);
        expect(sentences.length).toBe(hasBegun ? 1 : 0);
        expect(filesWithSecrets(root), `killed before change ${change}`).toEqual([]);
      }
      expect(ends).toBeGreaterThan(4);
    },
    timeoutMs,
  );
});
