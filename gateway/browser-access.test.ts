import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { resultOf } from '../shared/command-result.ts';
import { newPrivateKey, ProofKey } from './bridge/proof-key.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { freeTcpPort } from './system-tests/free-port.ts';
import { gatewayOptions } from './system-tests/gateway-options.ts';
import { temporaryFolder } from './system-tests/temporary-folder.ts';

/** Which browsers a gateway knows after it has started again. */

async function start(dataRoot: string, port: number): Promise<Gateway> {
  const gateway = await startGateway(
    gatewayOptions({ dataRoot, http: { host: '127.0.0.1', port, portMayMove: port !== 0 } }),
  );
  onTestFinished(() => gateway.close());
  return gateway;
}

function portOf(gateway: Gateway): number {
  return Number(new URL(gateway.url()).port);
}

/** A browser gets in by a link that a frontend asked for. */
async function addBrowser(gateway: Gateway): Promise<void> {
  const link = resultOf(await gateway.api.execute('link', { type: 'new-link' }));
  const { origin, hash } = new URL(link?.link ?? '');
  const { publicKey } = new ProofKey(newPrivateKey());
  const answer = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ secret: hash.slice('#s='.length), publicKey }),
  });
  expect(answer.status).toBe(200);
}

async function browsersOf(gateway: Gateway) {
  return resultOf(await gateway.api.execute('browsers', { type: 'browsers' }))?.browsers;
}

/** Takes a port of this computer, as another program would. */
async function takePort(port: number): Promise<() => Promise<unknown>> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return () => {
    server.close();
    return once(server, 'close');
  };
}

it('a gateway that starts again on its port knows its browsers, until another program has had the port', async () => {
  const root = temporaryFolder();
  // A gateway on any port (0) leaves no folder behind, so this one gets a port by its number.
  const port = await freeTcpPort();
  const first = await start(root, port);
  expect(portOf(first)).toBe(port);
  await addBrowser(first);
  expect(await browsersOf(first)).toHaveLength(1);
  await first.close();

  const again = await start(root, port);
  expect(portOf(again)).toBe(port);
  expect(await browsersOf(again)).toHaveLength(1);
  const beside = await start(root, port);
  expect(portOf(beside)).not.toBe(port);
  await beside.close();
  expect(await browsersOf(again)).toHaveLength(1);
  await again.close();

  const leave = await takePort(port);
  const moved = await start(root, port);
  expect(portOf(moved)).not.toBe(port);
  await moved.close();
  await leave();
  expect(await browsersOf(await start(root, port))).toEqual([]);
});

it('a frontend signs a browser out, once', async () => {
  const gateway = await start(temporaryFolder(), 0);
  await addBrowser(gateway);
  const [browser] = (await browsersOf(gateway)) ?? [];
  const command = { type: 'sign-out-browser', browser: browser?.id ?? '' } as const;
  expect(await gateway.api.execute('a', command)).toEqual({ status: 'done' });
  expect(await gateway.api.execute('b', command)).toMatchObject({ code: 'unknown-browser' });
  expect(await browsersOf(gateway)).toEqual([]);
});
