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
import { contentSecurityPolicy, serveApp, type AppSource } from './app.ts';
import { BridgeListenError, listen, portOf, type ListenAddress } from './listen.ts';
import { refuse } from './refusals.ts';
import { addSessionRoutes, requireSession, type Guard } from './session-routes.ts';
import { defaultTabTiming, Tabs, type TabTiming } from './tabs.ts';

export interface BridgeOptions {
  readonly face: GatewayApi;
  readonly listen: ListenAddress;
  /** The person asked for it to be shown on the network. Without this, only loopback addresses are listened on. */
  readonly exposed: boolean;
  /**
   * Who may come in, by the port that was found: what is kept under it survives a restart there, and gateways
   * that run side by side never share it.
   */
  readonly access: (port: number) => BrowserAuth;
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

/** A secret has 43 characters; nothing else is ever posted here. */
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
    face: options.face,
    timing: options.timing ?? defaultTabTiming,
    onDropped: (reason) => app.log.info({ reason }, 'a tab was let go'),
  });
  const door = openDoor(app, options);
  await addPlugins(app, options, tabs);
  addGuards(app, door);
  addRoutes(app, options, door, tabs);
  await serveApp(app, options.app);
  const { port, access } = await open(app, options.listen, door);
  const url = `http://${formatAddress({ host: localHost(host), port })}/`;
  return {
    port,
    url: () => url,
    newLink: () => `${url}#s=${access.newSecret()}`,
    close: () => app.close(),
  };
}

async function open(app: FastifyInstance, address: ListenAddress, door: () => Door): Promise<Door> {
  try {
    await listen(app, address);
    return door();
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

/** What depends on the port that was found. */
interface Door {
  readonly port: number;
  readonly hosts: AllowedHosts;
  readonly access: BrowserAuth;
}

/** The door is made at the first moment at which the port is known, before the first connection is taken. */
function openDoor(app: FastifyInstance, options: BridgeOptions): () => Door {
  let door: Door | undefined;
  return () => {
    if (door !== undefined) return door;
    const port = portOf(app);
    const hosts = new AllowedHosts({ port, listenHost: options.listen.host, interfaceHosts });
    door = { port, hosts, access: options.access(port) };
    return door;
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
    // There is no certificate for 127.0.0.1, so neither may be asked of the browser.
    strictTransportSecurity: false,
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
  await app.register(cookie);
  await app.register(websocket, {
    options: { maxPayload: bridgeFrameBytesMax, perMessageDeflate: false },
    // ws has begun to close by itself, with 1009 for a frame too large and so on; the tab ends at `close`.
    errorHandler: (error) => app.log.info({ reason: error.message }, 'a tab was let go'),
    preClose: () => tabs.close(),
  });
}

/** DESIGN section 8: Host checked against an allowlist on every request and on the upgrade. */
function addGuards(app: FastifyInstance, door: () => Door): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!door().hosts.allowsHost(request.headers.host)) refuse(reply, 'host-not-allowed');
    else if (request.ws && request.routeOptions.url !== webSocketPath) refuse(reply, 'not-found');
    else done();
  });
}

function addRoutes(app: FastifyInstance, options: BridgeOptions, door: () => Door, tabs: Tabs): void {
  // RFC 6455 section 10.2: a browser lets any page open a WebSocket to anywhere, and tells whose page it was.
  const requireOrigin: Guard = (request, reply, done) => {
    if (door().hosts.allowsOrigin(request.headers.origin)) done();
    else refuse(reply, 'origin-not-allowed');
  };
  const requireRoom: Guard = (_request, reply, done) => {
    if (tabs.hasRoom()) done();
    else refuse(reply, 'too-many-tabs');
  };
  const access = (): BrowserAuth => door().access;

  app.get('/healthz', (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok', version: options.version }),
  );
  addSessionRoutes(app, { access, requireOrigin });
  const guards = [requireOrigin, requireSession(access), requireRoom];
  app.get(webSocketPath, { websocket: true, onRequest: guards }, (socket) => tabs.add(socket));
}
