import fs from 'node:fs';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { afterEach, describe, expect, it } from 'vitest';
import type { RoleChoice } from '../cli/command-line.ts';
import { startGateway, type Gateway } from '../gateway.ts';
import { StartError } from '../runtime/start-error.ts';
import { eventually } from '../system-tests/eventually.ts';
import { gatewayOptions } from '../system-tests/gateway-options.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';

const running = new Set<Gateway>();

async function start(role: RoleChoice, trace?: string): Promise<Gateway> {
  const gateway = await startGateway(gatewayOptions({ role, trace }));
  running.add(gateway);
  return gateway;
}

afterEach(async () => {
  await Promise.all([...running].map((gateway) => gateway.close()));
  running.clear();
});

describe('a gateway with --trace', () => {
  it('traces its role from the first datagram to the last, without texts and nicknames', async () => {
    const serverTrace = path.join(temporaryFolder(), 'server.jsonl');
    const clientTrace = path.join(temporaryFolder(), 'client.jsonl');
    const server = await start({ type: 'server', port: 0 }, serverTrace);
    const port = server.api.snapshot().snapshot.hosting?.port ?? 0;
    const host = { type: 'ip', host: '127.0.0.1' } as const;
    const alice = await start(
      { type: 'client', nickname: 'nickname-of-alice', server: { host, port }, clientPort: 0 },
      clientTrace,
    );
    await eventually(() => expect(alice.api.snapshot().snapshot.session.phase).toBe('online'));
    for (const gateway of [...running].reverse()) await gateway.close();
    running.clear();
    for (const [file, role] of [
      [serverTrace, 'server'],
      [clientTrace, 'client'],
    ] as const) {
      const text = fs.readFileSync(file, 'utf8');
      const lines = text.trimEnd().split('\n');
      expect(lines[0]).toContain('"type":"start"');
      expect(lines.at(-1)).toContain('"reason":"closed"');
      expect(text).toContain(`"role":"${role}"`);
      expect(text).toContain('"type":"initiation"');
      expect(text).toContain('"event":"connected"');
      expect(text).toContain('"type":"close"');
      expect(text).not.toContain('nickname-of-alice');
    }
  });

  it('does not start when the file exists, and says why', async () => {
    const file = path.join(temporaryFolder(), 'precious.jsonl');
    fs.writeFileSync(file, 'precious');
    const failure = await start({ type: 'app' }, file).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartError);
    expect((failure as StartError).sentence).toBe(
      `The file ${file} exists already. Give --trace the name of a new file.`,
    );
    expect(fs.readFileSync(file, 'utf8')).toBe('precious');
  });

  it('makes no traces while nothing watches, and stops when the last watcher leaves', async () => {
    const server = await start({ type: 'server', port: 0 });
    const port = server.api.snapshot().snapshot.hosting?.port ?? 0;
    const seen: string[] = [];
    const stop = server.api.watchTraces((role, { type }) => seen.push(`${role} ${type}`));
    const client: RoleChoice = {
      type: 'client',
      nickname: 'bob',
      server: { host: { type: 'ip', host: '127.0.0.1' }, port },
      clientPort: 0,
    };
    const bob = await start(client);
    await eventually(() => expect(bob.api.snapshot().snapshot.session.phase).toBe('online'));
    expect(seen).toContain('server received');
    stop();
    const count = seen.length;
    await bob.api.execute(uuidv7(), { type: 'deregister' });
    expect(bob.api.snapshot().snapshot.session.phase).toBe('offline');
    expect(seen).toHaveLength(count);
  });
});
