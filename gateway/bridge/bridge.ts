import { networkInterfaces } from 'node:os';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import websocket from '@fastify/websocket';
import fastify, { LogController, type FastifyError, type FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { formatAddress } from '../../shared/address.ts';
import { bridgeConnectionsMax, bridgeFrameBytesMax } from '../../shared/limits.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import type { BrowserAuth } from './browser-auth.ts';
import { AllowedHosts, isShownOnNetwork, localHost } from './allowed-hosts.ts';
import { contentSecurityPolicy, serveApp, type AppSource } from './web-app.ts';
import { BridgeListenError, listen, portOf, type ListenAddress } from './listen.ts';
import { refuse } from './refusals.ts';
import { addAuthRoutes, requireAuth, type Guard } from './auth-routes.ts';
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
  readonly app: AppSource;
  /** Written to standard error, as JSON lines. */
  readonly log: { readonly level: string };
  readonly version: string;
  readonly timing?: TabTiming;
}

export interface Bridge {
  readonly port: number;
  /** `http://127.0.0.1:5050/` */
  url(): string;
  /** The URL with a secret that lets one browser in, once. */
  newLink(): string;
  /** Says goodbye to the tabs and stops listening. */
  close(): Promise<void>;
}

const webSocketPath = '/api/ws';

/** A secret has 43 characters. Nothing else is posted here. */
const bodyBytesMax = 4 * 1024;

/** Serves the app and the contract of docs/BRIDGE.md to browsers. Throws `BridgeListenError`. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { host } = options.listen;
  if (isShownOnNetwork(host) && !options.exposed) {
    const sentence = `${host} would show Chatagram on the network; listen on 127.0.0.1, or ask for it explicitly.`;
    throw new BridgeListenError(sentence, 'address-invalid', options.listen.port);
  }
  const app = makeApp(options);
  const tabs = new Tabs({
    api: options.api,
    timing: options.timing ?? defaultTabTiming,
    onDropped: (reason) => app.log.info({ reason }, 'a tab was dropped'),
  });
  const state = listenerState(app, options);
  await addPlugins(app, options, tabs);
  addGuards(app, state);
  addRoutes(app, options, state, tabs);
  await serveApp(app, options.app);
  const { port, auth } = await open(app, options.listen, state);
  const url = `http://${formatAddress({ host: localHost(host), port })}/`;
  return {
    port,
    url: () => url,
    newLink: () => `${url}#s=${auth.newSecret()}`,
    close: () => app.close(),
  };
}

async function open(
  app: FastifyInstance,
  address: ListenAddress,
  state: () => ListenerState,
): Promise<ListenerState> {
  try {
    await listen(app, address);
    return state();
  } catch (error) {
    await app.close();
    throw error;
  }
}

function makeApp(options: BridgeOptions): FastifyInstance {
  const app = fastify({
    // Standard output belongs to the terminal's lines.
    logger: { level: options.log.level, stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    forceCloseConnections: true,
  });
  app.server.maxConnections = bridgeConnectionsMax;
  app.removeContentTypeParser('text/plain');
  // TypeBox checks its own schemas, so that Ajv need not be loaded.
  app.setValidatorCompiler<TSchema>(({ schema }) => (value: unknown) => {
    return Value.Check(schema, value) ? { value } : { error: new Error('not of this schema') };
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return refuse(reply, 'malformed-request', status);
    request.log.error(error);
    return refuse(reply, 'internal');
  });
  return app;
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

async function addPlugins(app: FastifyInstance, options: BridgeOptions, tabs: Tabs): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy(options.app) },
    // There is no certificate for 127.0.0.1, so the browser must not be told to use HTTPS.
    strictTransportSecurity: false,
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
  await app.register(cookie);
  await app.register(websocket, {
    options: { maxPayload: bridgeFrameBytesMax, perMessageDeflate: false },
    // ws has begun to close by itself, for example with 1009 for a large frame. The tab ends at `close`.
    errorHandler: (error) => app.log.info({ reason: error.message }, 'a tab was dropped'),
    preClose: () => tabs.close(),
  });
}

/** Checks Host against an allowlist on every request and on the upgrade: a foreign page may send requests here. */
function addGuards(app: FastifyInstance, state: () => ListenerState): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!state().hosts.allowsHost(request.headers.host)) refuse(reply, 'host-not-allowed');
    else if (request.ws && request.routeOptions.url !== webSocketPath) refuse(reply, 'not-found');
    else done();
  });
}

function addRoutes(
  app: FastifyInstance,
  options: BridgeOptions,
  state: () => ListenerState,
  tabs: Tabs,
): void {
  // RFC 6455 section 10.2: a browser lets any page open a WebSocket to any host, and names the page's origin.
  const requireOrigin: Guard = (request, reply, done) => {
    if (state().hosts.allowsOrigin(request.headers.origin)) done();
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
  const guards = [requireOrigin, requireAuth(auth), requireFreeTab];
  app.get(webSocketPath, { websocket: true, onRequest: guards }, (socket) => tabs.add(socket));
}
