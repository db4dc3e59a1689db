import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { formatAddress } from '../../shared/address.ts';
import { isRefusedByBrowsers } from '../../shared/web-ports.ts';
import type { ErrorCode } from '../../shared/errors.ts';

export interface ListenAddress {
  /** An IP literal. */
  readonly host: string;
  /** 0 takes any. */
  readonly port: number;
  /** Whether the next free port does as well, if this one is taken. */
  readonly portMayMove: boolean;
}

/** Ports tried before giving up: as many gateways of one machine find a place of their own. */
const portsTriedMax = 100;

/** The bridge cannot listen where it was told to. The message is a sentence for people and names the port. */
export class BridgeListenError extends Error {
  override readonly name = 'BridgeListenError';
  readonly code: ErrorCode;
  readonly port: number;

  constructor(sentence: string, code: ErrorCode, port: number) {
    super(sentence);
    this.code = code;
    this.port = port;
  }
}

/** The part of Fastify that listens. */
export interface ListeningApp {
  listen(address: { readonly host: string; readonly port: number }): Promise<unknown>;
  readonly server: Pick<Server, 'address'>;
}

/**
 * Listens, and returns the port. `onPortTaken` is called for each port that another process has. Throws
 * `BridgeListenError`.
 */
export async function listen(
  app: ListeningApp,
  address: ListenAddress,
  onPortTaken: (port: number) => void,
): Promise<number> {
  const lastPort = address.portMayMove ? Math.min(address.port + portsTriedMax - 1, 65_535) : address.port;
  for (let port = address.port; ; port++) {
    if (isRefusedByBrowsers(port)) continue;
    try {
      if (port === 0) await listenAnywhere(app, address.host);
      else await app.listen({ host: address.host, port });
      return portOf(app);
    } catch (error) {
      const isTaken = errorCodeOf(error) === 'EADDRINUSE';
      if (isTaken) onPortTaken(port);
      if (isTaken && port < lastPort) continue;
      throw listenError(error, address.host, port);
    }
  }
}

/** Another program can take a free port before this one does. */
async function listenAnywhere(app: ListeningApp, host: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await app.listen({ host, port: await anyPort(host) });
      return;
    } catch (error) {
      if (errorCodeOf(error) !== 'EADDRINUSE' || tries === portsTriedMax) throw error;
    }
  }
}

/** Returns a free port that browsers do not refuse. The system's choice is one of them where its range begins low. */
async function anyPort(host: string): Promise<number> {
  const refused: Server[] = [];
  try {
    for (;;) {
      const server = createServer();
      server.listen({ host, port: 0 });
      await once(server, 'listening');
      const bound = server.address();
      const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
      // An open one is not chosen again.
      if (isRefusedByBrowsers(port)) refused.push(server);
      else {
        await closed(server);
        return port;
      }
    }
  } finally {
    await Promise.all(refused.map(closed));
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** Only of an app that listens. */
export function portOf(app: ListeningApp): number {
  const bound = app.server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the bridge does not listen on a port');
  return bound.port;
}

function listenError(error: unknown, host: string, port: number): unknown {
  const place = formatAddress({ host, port });
  const advice = 'choose another one with --http, preferably from the dynamic range 49152 to 65535.';
  switch (errorCodeOf(error)) {
    case 'EADDRINUSE':
      return new BridgeListenError(
        `HTTP port ${port} is in use (${place}); ${advice}`,
        'port-unavailable',
        port,
      );
    case 'EACCES':
      return new BridgeListenError(
        `HTTP port ${port} is restricted (${place}); ${advice}`,
        'port-unavailable',
        port,
      );
    // Node asks the resolver about an address with a zone, and the system refuses a family that it does not have.
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
    case 'ENOTFOUND':
      return new BridgeListenError(
        `${host} is not an address of this machine; choose 127.0.0.1:${port} with --http.`,
        'address-invalid',
        port,
      );
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
    case 'ENOMEM':
      return new BridgeListenError(
        `HTTP port ${port} cannot be opened (${place}), because too many files are open. Close other programs, or run ulimit -n 4096.`,
        'port-unavailable',
        port,
      );
    default:
      return error;
  }
}

function errorCodeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
