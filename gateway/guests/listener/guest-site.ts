import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import staticFiles from '@fastify/static';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { formatAddress, parseHost, type Address } from '../../../shared/address.ts';
import { guestPageFile, guestSocketPath } from '../../../shared/guests/paths.ts';
import { noiseMessageBytesMax } from '../../../shared/guests/parts.ts';
import { AllowedHosts } from '../../bridge/allowed-hosts.ts';
import { makeHttpApp, type Admit, type RequestTiming } from '../../bridge/http-app.ts';
import { refuse } from '../../bridge/refusals.ts';
import { securityHeaders } from '../../bridge/security-headers.ts';
import { cachingOf } from '../../bridge/web-app.ts';
import { startTimer } from '../../control/timer.ts';
import type { GuestSocket } from '../guest-door.ts';
import type { GuestLimits } from './guest-limits.ts';
import { PacedSocket } from './paced-socket.ts';

export interface GuestSiteOptions {
  readonly address: Address;
  /** The built files of the page. Nothing else is served. */
  readonly folder: string;
  readonly limits: GuestLimits;
  /** A page has connected from this IP address. */
  readonly onSocket: (socket: GuestSocket, host: string) => void;
  /** Written to standard error, as JSON lines. */
  readonly log: { readonly level: string };
  readonly requestTiming?: RequestTiming;
}

/** The page for guests at one address of this computer. */
export interface GuestSite {
  readonly host: string;
  /** `http://192.168.1.7:5080` */
  readonly origin: string;
  /** Says goodbye to the pages and stops listening. */
  close(): Promise<void>;
}

/** Why no site can be at an address. */
export type SiteFault = 'taken' | 'not-here';

/** A connection on which nothing moves for so long is closed: a browser that loads does not read so slowly. */
const idleMs = 10_000;
/** How long closing waits for the close frames of the pages. */
const goodbyeMs = 500;
/** How long a page may take to answer a close frame. */
const closingMs = 2_000;
/** Browsers send a message in one frame. */
const fragmentsMax = 16;
/** The types of ws lack its two newest options, so this is an object of its own. */
const socketOptions = {
  // PROTOCOL 12.24: a longer one is not even read.
  maxPayload: noiseMessageBytesMax,
  perMessageDeflate: false,
  maxFragments: fragmentsMax,
  closeTimeout: closingMs,
};
/** Connections that wait until they are accepted. The kernel drops further ones, and browsers try again. */
const backlogMax = 128;

/** Serves the page and its WebSocket at one address, and nothing else. */
export async function openGuestSite(options: GuestSiteOptions): Promise<GuestSite | SiteFault> {
  const { address, limits } = options;
  const place = formatAddress(address);
  const { origin } = new URL(`http://${place}`);
  const headers = securityHeaders({ type: 'static', folder: options.folder }, socketSourceOf(address));
  const hosts = new AllowedHosts({
    port: address.port,
    listenHost: address.host,
    interfaceHosts: () => [],
  });
  const admit = admission(headers, hosts, limits);
  const app = makeHttpApp({
    headers,
    admit,
    log: options.log,
    connectionTimeoutMs: idleMs,
    takes: (request, response) => limits.waitedForItsTurn(request, response),
    ...(options.requestTiming === undefined ? {} : { timing: options.requestTiming }),
  });
  app.server.prependListener('connection', (socket) => limits.connected(socket));
  refusePackedRequests(app);
  await addSocketRoute(app, options, hosts, admit);
  await servePage(app, options.folder);
  const fault = await listenAt(app, address);
  if (fault !== undefined) return fault;
  return { host: address.host, origin, close: () => app.close() };
}

/** A policy cannot name an IPv6 address (CSP 3 section 2.3.1: `host-part`), and browsers would complain. There `'self'` has to be enough. */
function socketSourceOf(address: Address): string | undefined {
  return address.host.includes(':') ? undefined : `ws://${formatAddress(address)}`;
}

const headersEnd = '\r\n\r\n';

/**
 * Cuts off a connection that brings several requests in one chunk, as no browser does. Node would parse all of them, some thousand, before it
 * does anything else, and the chat would wait.
 */
function refusePackedRequests({ server }: FastifyInstance): void {
  const checks = new WeakMap<object, (chunk: Buffer) => void>();
  server.on('connection', (socket: Socket) => {
    const check = (chunk: Buffer): void => {
      const end = chunk.indexOf(headersEnd);
      if (end < 0 || chunk.indexOf(headersEnd, end + headersEnd.length) < 0) return;
      socket.destroy();
      // The parser still gets this chunk. It stops at the first zero.
      chunk.fill(0);
    };
    checks.set(socket, check);
    // Before the parser.
    socket.prependListener('data', check);
  });
  server.prependListener('upgrade', (_request, socket) => {
    const check = checks.get(socket);
    if (check !== undefined) socket.off('data', check);
  });
}

/** Checks how much its address has asked for, the Host and the method of each request, and of the upgrade. */
function admission(
  headers: Readonly<Record<string, string>>,
  hosts: AllowedHosts,
  limits: GuestLimits,
): Admit {
  return (request, reply, next) => {
    reply.headers(headers);
    const { method } = request;
    // RFC 9112 section 3.2: a request with more than one Host is answered with 400.
    const named = request.raw.headersDistinct['host'] ?? [];
    if (!limits.takesRequest(hostOf(request))) {
      reply.header('connection', 'close');
      refuse(reply, 'too-many-requests');
    } else if (named.length > 1) refuse(reply, 'malformed-request');
    else if (!hosts.allowsHost(request.headers.host)) refuse(reply, 'host-not-allowed');
    else if (method !== 'GET' && method !== 'HEAD') refuse(reply.header('connection', 'close'), 'not-found');
    else next();
  };
}

async function addSocketRoute(
  app: FastifyInstance,
  options: GuestSiteOptions,
  hosts: AllowedHosts,
  admit: Admit,
): Promise<void> {
  const { limits, onSocket } = options;
  await app.register(websocket, {
    options: socketOptions,
    // ws has begun to close by itself. The page ends at `close`.
    errorHandler: (error) => app.log.info({ reason: error.message }, 'the page of a guest was dropped'),
    preClose: () => endPages(app.websocketServer.clients),
  });
  app.addHook('onRequest', (request, reply, done) =>
    admit(request, reply, () => {
      const isSocketPath = request.routeOptions.url === guestSocketPath;
      if (request.ws !== isSocketPath) refuse(reply, 'not-found');
      else if (!request.ws) done();
      // RFC 6455 section 10.2: a browser lets any page open a WebSocket to any host, and names the page's origin.
      else if (!hosts.allowsOrigin(request.headers.origin, request.headers.host))
        refuse(reply, 'origin-not-allowed');
      else if (!limits.takesPage(hostOf(request))) refuse(reply, 'too-many-requests');
      else done();
    }),
  );
  app.get(guestSocketPath, { websocket: true }, (page, request) => {
    const host = hostOf(request);
    limits.becamePage(page, request.socket, host);
    onSocket(new PacedSocket(page, { nowMs: () => performance.now(), after: startTimer }), host);
  });
}

/** Each file has a route of its own, so a path leads to no other file. */
async function servePage(app: FastifyInstance, folder: string): Promise<void> {
  if (existsSync(folder)) {
    await app.register(staticFiles, {
      root: folder,
      wildcard: false,
      index: [guestPageFile],
      cacheControl: false,
      dotfiles: 'ignore',
      preCompressed: true,
      globIgnore: ['**/*.br', '**/*.gz'],
      setHeaders: (reply, file) => void reply.header('cache-control', cachingOf(file)),
    });
  }
  const isBuilt = existsSync(path.join(folder, guestPageFile));
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, request.url === '/' && !isBuilt ? 'app-not-built' : 'not-found'),
  );
}

async function listenAt(app: FastifyInstance, { host, port }: Address): Promise<SiteFault | undefined> {
  try {
    await app.listen({ host, port, backlog: backlogMax, exclusive: true });
    return undefined;
  } catch (error) {
    await app.close();
    const fault = siteFaultOf(error);
    if (fault === undefined) throw error;
    return fault;
  }
}

/** Undefined for an error that no user can do anything about. */
export function siteFaultOf(error: unknown): SiteFault | undefined {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
    case 'EACCES':
      return 'taken';
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
    case 'ENOTFOUND':
      return 'not-here';
    default:
      return undefined;
  }
}

async function endPages(pages: ReadonlySet<WebSocket>): Promise<void> {
  if (pages.size === 0) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const cancel = startTimer(goodbyeMs, () => {
    for (const page of pages) page.terminate();
  });
  for (const page of pages) {
    page.once('close', () => {
      if (pages.size === 0) resolve(undefined);
    });
    page.resume();
    page.close(1001, 'the gateway stops');
  }
  await promise;
  cancel();
}

/** The IP address from which the request came. */
function hostOf(request: FastifyRequest): string {
  const { remoteAddress = '' } = request.socket;
  return parseHost(remoteAddress) ?? remoteAddress;
}
