import { createServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { freeTcpPort } from '../system-tests/free-port.ts';
import { ask, memoryAuthStore, openAuth, startTestBridge } from './bridge-under-test.ts';
import { BridgeListenError, listen, type ListeningApp } from './listen.ts';

describe('a taken port', () => {
  it('is a clear error that names it and the dynamic range', async () => {
    const taken = await takePort();
    const listen = { host: '127.0.0.1', port: taken, portMayMove: false };
    const error: unknown = await startTestBridge({ listen }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BridgeListenError);
    expect(error).toMatchObject({ code: 'port-unavailable', port: taken });
    expect((error as Error).message).toContain(String(taken));
    expect((error as Error).message).toContain('49152 to 65535');
  });

  it('is left for the next free one where that does as well', async () => {
    const taken = await takePort();
    const listen = { host: '127.0.0.1', port: taken, portMayMove: true };
    const accessPorts: number[] = [];
    const bridge = await startTestBridge({
      listen,
      auth: (port) => {
        accessPorts.push(port);
        return openAuth();
      },
    });
    expect(bridge.port).toBeGreaterThan(taken);
    expect(bridge.port).toBeLessThan(taken + 100);
    expect(accessPorts).toEqual([bridge.port]);
    expect((await ask(bridge, '/healthz')).status).toBe(200);
  });
});

it('a port at which browsers open no page is left out', async () => {
  const listen = { host: '127.0.0.1', port: 6_665, portMayMove: true };
  expect((await startTestBridge({ listen })).port).toBeGreaterThan(6_669);
});

it('a free port that another program takes first is not the last one that is tried', async () => {
  const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
  const app = {
    listen: vi.fn<ListeningApp['listen']>().mockRejectedValueOnce(taken).mockResolvedValueOnce(''),
    server: { address: () => ({ address: '127.0.0.1', family: 'IPv4', port: 47_201 }) },
  };
  const address = { host: '127.0.0.1', port: 0, portMayMove: false };
  expect(await listen(app, address, () => undefined)).toBe(47_201);
});

it('an address of another machine is a clear error', async () => {
  const listen = { host: '192.0.2.1', port: 47_200, portMayMove: true };
  const error: unknown = await startTestBridge({ listen, exposed: true }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BridgeListenError);
  expect(error).toMatchObject({ code: 'address-invalid' });
});

it('a store that cannot be read stops the start, and the port is free again', async () => {
  const port = await freeTcpPort();
  const listen = { host: '127.0.0.1', port, portMayMove: false };
  const broken = {
    load: () => {
      throw new Error('EIO');
    },
    save: () => undefined,
  };
  await expect(startTestBridge({ listen, auth: () => openAuth(broken) })).rejects.toThrow('EIO');
  expect((await startTestBridge({ listen, auth: () => openAuth(memoryAuthStore()) })).port).toBe(port);
});

async function takePort(): Promise<number> {
  const server = await listening();
  onTestFinished(() => void server.close());
  return portOf(server);
}

async function listening(): Promise<Server> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => resolve(undefined));
  await promise;
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
