import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import cookie from '@fastify/cookie';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { formatAddress } from '../../shared/address.ts';
import type { Browser, Link } from '../../shared/bridge/access.ts';
import type { WipeReport } from '../../shared/bridge/wipe.ts';
import { bridgeFrameBytesMax } from '../../shared/limits.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import type { BrowserAuth } from './browser-auth.ts';
import { AllowedHosts, isShownOnNetwork, localHost } from './allowed-hosts.ts';
import { Connections } from './connections.ts';
import { systemPeerAccounts, type PeerAccount, type PeerAccounts } from './peer-accounts.ts';
import { securityHeaders } from './security-headers.ts';
import { serveApp, type AppSource } from './web-app.ts';
import { BridgeListenError, listen, portOf, type ListenAddress } from './listen.ts';
import { makeHttpApp, type Admit, type RequestTiming } from './http-app.ts';
import { refuse } from './refusals.ts';
import { addAuthRoutes, browserIdOf, requireAuth, type Guard } from './auth-routes.ts';
import { addOpenRoute, OpenPlaces } from './open-places.ts';
import { Tickets, type Transfer } from './transfers/tickets.ts';
import { addTransferRoutes } from './transfers/transfer-routes.ts';
import { WipedPage } from './wiped-page.ts';
import { defaultTabTiming, Tabs, type TabTiming } from './tabs.ts';

export interface BridgeOptions {
  readonly api: GatewayApi;
  readonly listen: ListenAddress;
  /** The user asked to show the bridge on the network. Without this, it only listens on loopback addresses. */
  readonly exposed: boolean;
  /**
   * Returns the browsers that may use the bridge, by its port. What is kept for a port survives a restart there, and
   * gateways that run side by side never share it.
   */
  readonly auth: (port: number) => BrowserAuth;
  /** Called for each port that another process has, before the next one is tried. */
  readonly onPortTaken?: (port: number) => void;
  readonly app: AppSource;
  /** Written to standard error, as JSON lines. */
  readonly log: { readonly level: string };
  readonly version: string;
  readonly timing?: TabTiming;
  readonly requestTiming?: RequestTiming;
  /** The accounts of programs on this machine. Left out: as the system tells them. */
  readonly peerAccounts?: PeerAccounts;
}

export interface Bridge {
  readonly port: number;
  /** `http://127.0.0.1:5050/` */
  url(): string;
  /** Makes a link and a code that let one browser in, once. */
  newLink(): Link;
  /** The browsers that may use the gateway. The one added first comes first. */
  browsers(): Browser[];
  /** Ends the access of a browser, and its tabs. Returns false without such a browser. */
  signOut(browserId: string): boolean;
  /** Makes a ticket by which one request fetches this, for the frontend `owner`. */
  issueTicket(owner: object, transfer: Transfer): string;
  /** From now on, `/wiped` shows this, and clears the browser that asks for it. */
  showWiped(report: WipeReport): void;
  /** Resolves when no tab is connected, or after this time. */
  tabsLeft(timeoutMs: number): Promise<void>;
  /** Returns an address that leads a browser to this path of the app for a minute, and does not show the path. */
  addressOf(path: string): string;
  /** Says goodbye to the tabs and stops listening. */
  close(): Promise<void>;
}

const webSocketPath = '/api/ws';

/** Serves the app and the contract of docs/BRIDGE.md to browsers. Throws `BridgeListenError`. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { host } = options.listen;
  if (isShownOnNetwork(host) && !options.exposed) {
    const sentence = `${host} would show Chatagram on the network; listen on 127.0.0.1, or ask for it explicitly.`;
    throw new BridgeListenError(sentence, 'address-invalid', options.listen.port);
  }
  const app: FastifyInstance = makeHttpApp({
    headers: securityHeaders(options.app),
    admit: (request, reply, next) => admit(request, reply, next),
    log: options.log,
    ...(options.requestTiming === undefined ? {} : { timing: options.requestTiming }),
  });
  const state = listenerState(app, options);
  const admit = admission(options, state);
  const tabs = new Tabs({
    api: options.api,
    timing: options.timing ?? defaultTabTiming,
    onDropped: (reason) => app.log.info({ reason }, 'a tab was dropped'),
  });
  await addPlugins(app, tabs);
  addGuards(app, admit);
  const tickets = new Tickets(() => performance.now());
  const wipedPage = new WipedPage();
  addRoutes(app, options, state, tabs, tickets);
  wipedPage.addRoute(app, () => state().auth.cookieName);
  const places = new OpenPlaces(() => performance.now());
  addOpenRoute(app, places);
  await serveApp(app, options.app);
  const { port, auth } = await open(app, options, state);
  const url = `http://${formatAddress({ host: localHost(host), port })}/`;
  return {
    port,
    url: () => url,
    newLink: () => auth.newLink(url),
    browsers: () =>
      auth.browsers().map(({ id, name, addedAtMs, lastSeenAtMs }) => {
        return { id, name, addedAtMs, lastSeenAtMs, tabs: tabs.countOf(id) };
      }),
    signOut: (browserId) => {
      tabs.signOut(browserId);
      return auth.signOut(browserId);
    },
    issueTicket: (owner, transfer) => tickets.issue(owner, transfer),
    showWiped: (report) => wipedPage.show(report),
    tabsLeft: (timeoutMs) => tabs.left(timeoutMs),
    addressOf: (path) => url + places.add(path),
    close: () => app.close(),
  };
}

async function open(
  app: FastifyInstance,
  options: BridgeOptions,
  state: () => ListenerState,
): Promise<ListenerState> {
  try {
    await listen(app, options.listen, options.onPortTaken ?? (() => undefined));
    return state();
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** The state that depends on the port. */
interface ListenerState {
  readonly port: number;
  readonly hosts: AllowedHosts;
  readonly auth: BrowserAuth;
}

/** Builds the state as soon as the port is known, before the first connection is accepted. */
function listenerState(app: FastifyInstance, options: BridgeOptions): () => ListenerState {
  let state: ListenerState | undefined;
  return () => {
    if (state !== undefined) return state;
    const port = portOf(app);
    const hosts = new AllowedHosts({ port, listenHost: options.listen.host, interfaceHosts });
    state = { port, hosts, auth: options.auth(port) };
    return state;
  };
}

function interfaceHosts(): string[] {
  return Object.values(networkInterfaces()).flatMap(
    (addresses) => addresses?.map(({ address }) => address) ?? [],
  );
}

async function addPlugins(app: FastifyInstance, tabs: Tabs): Promise<void> {
  await app.register(cookie);
  await app.register(websocket, {
    options: { maxPayload: bridgeFrameBytesMax, perMessageDeflate: false },
    // ws has begun to close by itself, for example with 1009 for a large frame. The tab ends at `close`.
    errorHandler: (error) => app.log.info({ reason: error.message }, 'a tab was dropped'),
    preClose: () => tabs.close(),
  });
}

/**
 * Checks the account of the program that connects, once for each connection, and Host against an allowlist on every request
 * and on the upgrade: a foreign page may send requests here.
 */
function admission(options: BridgeOptions, state: () => ListenerState): Admit {
  const headers = securityHeaders(options.app);
  const peerAccounts = options.peerAccounts ?? systemPeerAccounts();
  const accounts = new WeakMap<Socket, Promise<PeerAccount>>();
  const accountOf = (socket: Socket): Promise<PeerAccount> => {
    const known = accounts.get(socket) ?? peerAccounts?.accountOf(socket) ?? Promise.resolve('unknown');
    accounts.set(socket, known);
    return known;
  };
  return (request, reply, next) => {
    reply.headers(headers);
    void accountOf(request.socket).then((account) => {
      // RFC 9112 section 3.2: a request with more than one Host is answered with 400.
      const hosts = request.raw.headersDistinct['host'] ?? [];
      if (account === 'other') refuse(reply, 'other-account');
      else if (hosts.length > 1) refuse(reply, 'malformed-request');
      else if (!state().hosts.allowsHost(request.headers.host)) refuse(reply, 'host-not-allowed');
      else if (isPageAtLocalhost(request, options.listen.host))
        redirectToAddress(request, reply, state().port);
      else next();
    });
  };
}

/**
 * Whether a browser loads a page by the name `localhost`. The name leads to ::1 as well, and there another program can have the
 * same port and stand between the two. The address leads only here.
 */
function isPageAtLocalhost({ method, headers, ws }: FastifyRequest, listenHost: string): boolean {
  const { accept = '', host = '' } = headers;
  const isName = host.toLowerCase().startsWith('localhost:');
  return (
    isName && method === 'GET' && !ws && accept.includes('text/html') && localHost(listenHost) === '127.0.0.1'
  );
}

function redirectToAddress(request: FastifyRequest, reply: FastifyReply, port: number): void {
  reply.header('cache-control', 'no-store').redirect(`http://127.0.0.1:${port}${request.url}`);
}

function addGuards(app: FastifyInstance, admit: Admit): void {
  const connections = new Connections();
  app.server.on('connection', (socket) => connections.add(socket));
  app.websocketServer.on('connection', (_socket, { socket }) => connections.becameTab(socket));
  app.addHook('onRequest', (request, reply, done) =>
    admit(request, reply, () => {
      if (request.ws && request.routeOptions.url !== webSocketPath) refuse(reply, 'not-found');
      else done();
    }),
  );
}

function addRoutes(
  app: FastifyInstance,
  options: BridgeOptions,
  state: () => ListenerState,
  tabs: Tabs,
  tickets: Tickets,
): void {
  // RFC 6455 section 10.2: a browser lets any page open a WebSocket to any host, and names the page's origin.
  const requireOrigin: Guard = (request, reply, done) => {
    if (state().hosts.allowsOrigin(request.headers.origin, request.headers.host)) done();
    else refuse(reply, 'origin-not-allowed');
  };
  const requireFreeTab: Guard = (_request, reply, done) => {
    if (tabs.hasRoom()) done();
    else refuse(reply, 'too-many-tabs');
  };
  const auth = (): BrowserAuth => state().auth;

  app.get('/healthz', (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok', version: options.version }),
  );
  addAuthRoutes(app, { auth, requireOrigin });
  addTransferRoutes(app, { tickets, requireAuth: requireAuth(auth) });
  const guards = [requireOrigin, requireAuth(auth), requireFreeTab];
  app.get(webSocketPath, { websocket: true, onRequest: guards }, (socket, request) => {
    const browserId = browserIdOf(request, auth());
    const { origin } = request.headers;
    // The guards have just seen both.
    if (browserId !== undefined && origin !== undefined) tabs.add(socket, auth(), { browserId, origin });
    else socket.terminate();
  });
}
