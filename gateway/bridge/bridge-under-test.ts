import { mkdtempSync, rmSync, mkdirSync, writeFileSync } from 'node:fs';
import {
  request as httpRequest,
  type Agent,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import type { Answer, AnswerTo, Command } from '../../shared/bridge/commands.ts';
import type { BridgeEvent, NumberedEvent, EventCursor, Snapshot } from '../../shared/bridge/events.ts';
import type { GatewayFrame } from '../../shared/bridge/frames.ts';
import type { Link } from '../../shared/bridge/access.ts';
import { proofText, type ProofTerms } from '../../shared/bridge/browser-proof.ts';
import { refused, type Refused } from '../../shared/command-result.ts';
import type { Moment } from '../../shared/moment.ts';
import { EphemeralSubscription } from '../control/ephemeral-subscription.ts';
import { EventLog } from '../control/event-log.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import type { AuthRecord, AuthStore } from './browser-auth-store.ts';
import { BrowserAuth } from './browser-auth.ts';
import { newPrivateKey, ProofKey } from './proof-key.ts';
import { startBridge, type Bridge, type BridgeOptions } from './bridge.ts';

export const emptySnapshot: Snapshot = {
  session: { phase: 'none' },
  hosting: null,
  guests: null,
  lab: null,
  contacts: [],
  conversations: [],
  rooms: [],
  movedConversations: [],
  settings: null,
  profiles: [],
};

/** A gateway that carries nothing out: it notes the commands, and its events are those that a test appends. */
export class RecordingGateway implements GatewayApi {
  readonly log: EventLog;
  readonly executed: { readonly id: string; readonly command: Command }[] = [];
  snapshotNow: Snapshot = emptySnapshot;
  /** Runs while a snapshot is taken: what happens between a tab's hello and its snapshot. */
  onSnapshot: () => void = () => undefined;
  answer: (id: string, command: Command) => Promise<Answer> = async () => ({ status: 'done' });
  listenerCount = 0;
  /** The latest tab that sent a hello. */
  ephemeral: EphemeralSubscription | undefined;

  constructor(epoch = '00000000000000aa') {
    this.log = new EventLog({
      epoch,
      onListenerError: (error) => {
        throw error;
      },
    });
  }

  execute<C extends Command>(id: string, command: C): Promise<AnswerTo<C>> {
    this.executed.push({ id, command });
    return this.answer(id, command);
  }

  snapshot(): { cursor: EventCursor; snapshot: Snapshot } {
    const taken = { cursor: this.log.cursor(), snapshot: this.snapshotNow };
    this.onSnapshot();
    return taken;
  }

  subscribe(listener: (event: NumberedEvent) => void): { unsubscribe(): void } {
    this.listenerCount += 1;
    const subscription = this.log.subscribe(listener);
    return {
      unsubscribe: () => {
        this.listenerCount -= 1;
        subscription.unsubscribe();
      },
    };
  }

  export(): Refused {
    return refused('not-joined');
  }

  watchTraces(): () => void {
    return () => undefined;
  }

  subscribeEphemeral(onEvent: () => void): EphemeralSubscription {
    this.ephemeral = new EphemeralSubscription(onEvent);
    return this.ephemeral;
  }

  missedSince(cursor: EventCursor): readonly NumberedEvent[] | undefined {
    return this.log.since(cursor);
  }

  cursor(): EventCursor {
    return this.log.cursor();
  }
}

/** Keeps the record in memory; what is saved survives the bridge. */
export function memoryAuthStore(): AuthStore & { record: AuthRecord | undefined } {
  const store = {
    record: undefined as AuthRecord | undefined,
    load: () => store.record,
    save: (record: AuthRecord) => {
      store.record = record;
    },
  };
  return store;
}

export function openAuth(
  store: AuthStore = memoryAuthStore(),
  now: () => Moment = () => ({ monotonicMs: 0, wallMs: 1_767_225_600_000 }),
): BrowserAuth {
  const onSaveFailed = (error: unknown): void => {
    throw error;
  };
  return new BrowserAuth({ store, now, onSaveFailed });
}

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chatagram-bridge-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A web app as `vite build` leaves it, with a file beside it that must never be served. */
function builtApp(): string {
  const parent = temporaryFolder();
  const folder = join(parent, 'web');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(parent, 'secret.txt'), 'not for browsers');
  writeFileSync(join(folder, '.hidden'), 'not for browsers');
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Chatagram</title>');
  writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'assets', 'index-3f2a.js'), 'export {};');
  writeFileSync(join(folder, 'assets', 'index-3f2a.js.br'), 'as brotli');
  writeFileSync(join(folder, 'assets', 'index-3f2a.js.gz'), 'as gzip');
  return folder;
}

/** A real bridge on a free port of 127.0.0.1, stopped when the test ends. */
export async function startTestBridge(options: Partial<BridgeOptions> = {}): Promise<Bridge> {
  const auth = openAuth();
  const bridge = await startBridge({
    api: new RecordingGateway(),
    listen: { host: '127.0.0.1', port: 0, portMayMove: false },
    exposed: false,
    auth: () => auth,
    app: { type: 'static', folder: builtApp() },
    log: { level: 'silent' },
    version: '1.2.3',
    ...options,
  });
  onTestFinished(() => bridge.close());
  return bridge;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpQuestion {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** An address of this computer. */
  readonly from?: string;
  /** Left out: the request has a connection of its own. */
  readonly agent?: Agent | false;
}

/** Sends a request that a browser would not send: any Host, any path, any header. */
export function ask(
  { port }: Pick<Bridge, 'port'>,
  path: string,
  { method = 'GET', headers = {}, body: sent, from, agent = false }: HttpQuestion = {},
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const request = httpRequest(
    { host: '127.0.0.1', port, localAddress: from, path, method, headers, agent },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    },
  );
  request.on('error', reject);
  request.end(sent);
  return promise;
}

export function originOf(bridge: Bridge): string {
  return `http://127.0.0.1:${bridge.port}`;
}

/** The secret of a link, as the app takes it out of the fragment. */
export function secretOf({ link }: Pick<Link, 'link'>): string {
  return new URLSearchParams(new URL(link).hash.slice(1)).get('s') ?? '';
}

/** The key of a browser, as the app makes it. */
export class BrowserKey {
  readonly #key = new ProofKey(newPrivateKey());

  get publicKey(): string {
    return this.#key.publicKey;
  }

  prove(terms: ProofTerms): string {
    return this.#key.sign(proofText('browser', terms));
  }
}

/** Brings a secret or a code, as the app does. */
export function enter(
  bridge: Bridge,
  secret: string,
  headers: OutgoingHttpHeaders = {},
  publicKey: string | null = new BrowserKey().publicKey,
): Promise<HttpAnswer> {
  return post(bridge, { secret, publicKey }, headers);
}

export function post(bridge: Bridge, body: unknown, headers: OutgoingHttpHeaders = {}): Promise<HttpAnswer> {
  return ask(bridge, '/api/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: originOf(bridge), ...headers },
    body: JSON.stringify(body),
  });
}

/** A valid `Cookie` header, got by a new link. */
export async function cookieFor(bridge: Bridge, key = new BrowserKey()): Promise<string> {
  return cookieOf(await enter(bridge, secretOf(bridge.newLink()), {}, key.publicKey));
}

export function cookieOf(answer: HttpAnswer): string {
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** The status with which an upgrade was answered: 101 when it was taken. */
export function upgradeStatus(
  bridge: Bridge,
  headers: OutgoingHttpHeaders,
  path = '/api/ws',
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = new WebSocket(`ws://127.0.0.1:${bridge.port}${path}`, { headers });
  socket.on('open', () => {
    socket.terminate();
    resolve(101);
  });
  socket.on('unexpected-response', (request, response) => {
    request.destroy();
    resolve(response.statusCode ?? 0);
  });
  socket.on('error', reject);
  return promise;
}

export const tabNonce = 'N'.repeat(43);

/** A browser that has the cookie of a bridge, and the key that belongs to it. */
export interface TestBrowser {
  readonly cookie: string;
  readonly key: BrowserKey;
}

export async function browserFor(bridge: Bridge): Promise<TestBrowser> {
  const key = new BrowserKey();
  return { cookie: await cookieFor(bridge, key), key };
}

/** A tab's side of the WebSocket. Frames are taken from it one by one. */
export class TestTab {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number }>;
  readonly #frames: GatewayFrame[] = [];
  readonly #origin: string;
  readonly #key: BrowserKey;
  #onFrame: (() => void) | undefined;
  /** What is sent after the browser's proof. Undefined without a hello. */
  #afterProof: string[] | undefined;
  #cursor: EventCursor | undefined;

  private constructor(socket: WebSocket, origin: string, key: BrowserKey) {
    this.socket = socket;
    this.#origin = origin;
    this.#key = key;
    const { promise, resolve } = Promise.withResolvers<{ code: number }>();
    this.closed = promise;
    socket.on('close', (code) => resolve({ code }));
    socket.on('message', (data) => {
      const frame = JSON.parse((data as Buffer).toString('utf8')) as GatewayFrame;
      if (frame.type === 'proof' && this.#afterProof !== undefined) {
        this.#prove(frame);
        return;
      }
      this.#frames.push(frame);
      this.#onFrame?.();
    });
    onTestFinished(() => socket.terminate());
  }

  static async open(bridge: Bridge, options: ClientOptions = {}, browser?: TestBrowser): Promise<TestTab> {
    const { cookie, key } = browser ?? (await browserFor(bridge));
    const origin = originOf(bridge);
    const headers = { origin, cookie };
    const socket = new WebSocket(`ws://127.0.0.1:${bridge.port}/api/ws`, { headers, ...options });
    const tab = new TestTab(socket, origin, key);
    const { promise, resolve, reject } = Promise.withResolvers<TestTab>();
    socket.on('open', () => resolve(tab));
    socket.on('error', reject);
    return promise;
  }

  /** After `hello`, waits for the proofs. */
  send(frame: unknown): void {
    const text = JSON.stringify(frame);
    if (this.#afterProof === undefined) this.socket.send(text);
    else this.#afterProof.push(text);
  }

  /** Says hello, and proves its key when the gateway has proved its own. */
  hello(cursor?: EventCursor, version = 1): void {
    this.send({ type: 'hello', version, nonce: tabNonce });
    this.#cursor = cursor;
    this.#afterProof = [];
  }

  #prove({ gatewayKey, nonce }: Extract<GatewayFrame, { type: 'proof' }>): void {
    const terms = { origin: this.#origin, gatewayKey, tabNonce, gatewayNonce: nonce };
    const waiting = this.#afterProof ?? [];
    this.#afterProof = undefined;
    const cursor = this.#cursor;
    this.send({
      type: 'prove',
      signature: this.#key.prove(terms),
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const text of waiting) this.socket.send(text);
  }

  async next(): Promise<GatewayFrame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#onFrame = () => resolve(undefined);
      await promise;
    }
  }

  async take(count: number): Promise<GatewayFrame[]> {
    const frames: GatewayFrame[] = [];
    while (frames.length < count) frames.push(await this.next());
    return frames;
  }
}

export function waitingMessages(count: number): BridgeEvent {
  return { type: 'waiting-messages', count };
}
