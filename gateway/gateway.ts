import { isLoopback, parseHost } from '../shared/address.ts';
import { toHex } from '../shared/ids.ts';
import type { OfferedAddress } from '../shared/network-kind.ts';
import { parseQuotas } from '../shared/quotas.ts';
import path from 'node:path';
import type { Link } from '../shared/bridge/access.ts';
import { BrowserAuth, type BrowserAuthOptions } from './bridge/browser-auth.ts';
import { fileAuthStore } from './bridge/browser-auth-store.ts';
import type { AppSource } from './bridge/web-app.ts';
import { startBridge, type Bridge } from './bridge/bridge.ts';
import { LinkPage } from './bridge/link-page.ts';
import { BridgeListenError } from './bridge/listen.ts';
import type { RoleChoice, Run } from './cli/command-line.ts';
import type { LogLevel } from './cli/option-values.ts';
import { Control } from './control/control.ts';
import type { GatewayApi } from './control/gateway-api.ts';
import { faultText } from './cli/fault-text.ts';
import type { Desktop } from './cli/open-browser.ts';
import { checkDataRoot, dataRoot } from './data-dir/data-dir.ts';
import {
  acquireGatewayDir,
  forgetBrowsersAt,
  removeGatewayDir,
  type GatewayDir,
} from './data-dir/gateway-dir.ts';
import { finishWipe, type Wipe } from './data-dir/wipe.ts';
import { SystemClock } from './net/clock.ts';
import { secureRandom } from './net/random.ts';
import { desktopNotifications } from './desktop.ts';
import { LocalRuntime, type LocalGuestsOptions } from './runtime/local-runtime.ts';
import type { ServerChange } from '../shared/bridge/server-change.ts';
import {
  clientSentence,
  debugLogTo,
  loggedApi,
  serverSentence,
  transportSentence,
  type DebugLog,
} from './trace/debug-log.ts';
import { LogTail } from './trace/log-tail.ts';
import { TraceFile, TraceFileError } from './trace/trace-file.ts';
import { asStartError, StartError } from './runtime/start-error.ts';
import { storeFailure } from './store/sqlite/failure.ts';

/** `dataRoot` undefined means the folder that the system has for application data. */
export interface GatewayOptions extends Pick<
  Run,
  'role' | 'dataRoot' | 'http' | 'lab' | 'profile' | 'logLevel' | 'guests' | 'guestsAt'
> {
  /** False: it neither looks for chats on the local network nor is found there. */
  readonly discovery: boolean;
  /** A new file for the traces of all roles. */
  readonly trace?: string | undefined;
  /** Where the web app comes from. */
  readonly app: AppSource;
  /** The built files of the page of a guest. */
  readonly guestPage: string;
  readonly version: string;
  /** The desktop that is notified of messages. Left out: none. */
  readonly desktop?: Desktop | undefined;
  /** Called for each change that the server role reports. */
  readonly onServerChange?: (change: ServerChange) => void;
  /** All chats of this computer are wiped: the program ends. */
  readonly onWiped?: () => void;
}

/** A running gateway: its roles, and the access of its frontends. */
export interface Gateway {
  readonly api: GatewayApi;
  url(): string;
  /** Makes a link and a code that admit one browser, once. */
  newLink(): Link;
  /** Writes a page that leads a browser to the link, and returns its file. Undefined when the disk refuses. */
  linkPage(link: Link): string | undefined;
  /** Returns the join addresses of the server in this gateway; empty without a server. */
  serverAddresses(): readonly OfferedAddress[];
  /** Deregisters, informs peers and tabs, and closes everything. Takes a few seconds at most. */
  close(): Promise<void>;
}

/** Starts the gateway. Throws StartError with a sentence for the user; nothing stays open then. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const root = openDataRoot(options.dataRoot);
  const onFault = faultLog(options.logLevel);
  const { log, printed, logTail } = openLogs(options.logLevel);
  // Before everything else, so that a file that cannot be made leaves nothing to close.
  const traceFile =
    options.trace === undefined ? undefined : openTraceFile(options.trace, options.version, onFault);
  let opened: OpenBridge | undefined;
  const bridge = (): Bridge => {
    if (opened === undefined) throw new Error('a frontend runs before the bridge');
    return opened.bridge;
  };
  const epoch = newEpoch();
  const runtime = new LocalRuntime({
    dataRoot: root,
    lab: options.lab,
    profile: options.profile,
    discovery: options.discovery,
    url: () => opened?.bridge.url() ?? null,
    gatewayFolder: () => opened?.folder,
    log,
    onServerChange: loggedChanges(options, log),
    onAddressesChange: () => control.hostingChanged(),
    guests: guestOptions(options, epoch, () => control.guestsChanged()),
    onFault,
  });
  const wipeEnd = new WipeEnd(options.onWiped);
  const onWiped = (wipe: Pick<Wipe, 'end'>): void => wipeEnd.begin(wipe);
  const desktop = desktopNotifications(options.desktop, () => opened);
  const control = new Control({ runtime, bridge, epoch, onFault, onWiped, logTail, desktop });
  if (traceFile !== undefined) control.watchTraces(traceFile.write);
  const api = watchedApi(control, log, printed);
  const close = async (): Promise<void> => {
    try {
      await control.close();
    } finally {
      await runtime.stopServer();
      await wipeEnd.tabsLeft(opened?.bridge);
      await opened?.close();
      wipeEnd.finish(onFault);
      traceFile?.close(new SystemClock().now());
    }
  };
  try {
    // The bridge starts first, so that a second process on the same data folder can name its URL.
    opened = await openBridge(options, root, api, onFault);
    await startRole(options.role, control, runtime);
  } catch (error) {
    await close();
    throw error;
  }
  const { linkPage } = opened;
  return {
    api,
    url: () => bridge().url(),
    newLink: () => bridge().newLink(),
    linkPage,
    serverAddresses: () => runtime.hosting()?.addresses ?? [],
    close,
  };
}

function guestOptions(
  { guests, guestsAt, guestPage, logLevel }: GatewayOptions,
  epoch: string,
  onChange: () => void,
): LocalGuestsOptions {
  const log = { level: logLevel };
  return { on: guests, at: guestsAt, pageFolder: guestPage, epoch, log, onChange };
}

function loggedChanges({ onServerChange }: GatewayOptions, log: DebugLog): (change: ServerChange) => void {
  return (change) => {
    log('server', serverSentence(change));
    onServerChange?.(change);
  };
}

/** Tabs have so long to clear their browser and to load the page that says what was wiped. */
const wipedTabsMs = 5_000;

/** The end of a gateway after a wipe; without one, it does nothing. */
class WipeEnd {
  readonly #onWiped: (() => void) | undefined;
  #wipe: Pick<Wipe, 'end'> | undefined;

  constructor(onWiped: (() => void) | undefined) {
    this.#onWiped = onWiped;
  }

  begin(wipe: Pick<Wipe, 'end'>): void {
    this.#wipe = wipe;
    // The frontend that asked gets its answer first.
    setImmediate(() => this.#onWiped?.());
  }

  async tabsLeft(bridge: Bridge | undefined): Promise<void> {
    if (this.#wipe !== undefined) await bridge?.tabsLeft(wipedTabsMs);
  }

  /** What the disk refuses to remove now, the next start removes. */
  finish(onFault: (error: unknown) => void): void {
    try {
      this.#wipe?.end();
    } catch (error) {
      onFault(error);
    }
  }
}

/** Returns the data root. Goes on with a wipe that a crash has interrupted. Throws StartError. */
function openDataRoot(chosen: string | undefined): string {
  const root = dataRoot(chosen);
  checkDataRoot(root);
  for (const sentence of finishWipe(root)) process.stderr.write(`${sentence}\n`);
  return root;
}

function newEpoch(): string {
  return toHex(secureRandom(8));
}

/** `printed`: the log on standard error, undefined below `debug`. `log` writes there and into the tail. */
function openLogs(level: LogLevel) {
  const printed = debugLogAt(level);
  const logTail = new LogTail(Date.now);
  const log: DebugLog = (layer, sentence) => {
    printed?.(layer, sentence);
    logTail.add(layer, sentence);
  };
  return { log, printed, logTail };
}

function debugLogAt(level: LogLevel): DebugLog | undefined {
  if (level !== 'debug' && level !== 'trace') return undefined;
  return debugLogTo((line) => process.stderr.write(line), Date.now);
}

/** Logs what the client and the frontends do, and on standard error also the transport. Returns the API for the frontends. */
function watchedApi(control: Control, log: DebugLog, printed: DebugLog | undefined): GatewayApi {
  if (printed !== undefined)
    control.watchTraces((role, trace) => {
      const sentence = transportSentence(role, trace);
      if (sentence !== undefined) printed('transport', sentence);
    });
  control.subscribe(({ event }) => log('client', clientSentence(event)));
  return loggedApi(control, log, () => performance.now());
}

/** Throws StartError. */
function openTraceFile(file: string, version: string, onFailure: (error: unknown) => void): TraceFile {
  try {
    return new TraceFile(file, { version, now: new SystemClock().now(), onFailure });
  } catch (error) {
    if (error instanceof TraceFileError)
      throw new StartError('storage-failed', error.message, { cause: error });
    throw error;
  }
}

async function startRole(role: RoleChoice, control: Control, runtime: LocalRuntime): Promise<void> {
  switch (role.type) {
    case 'server':
      await runtime.startServerAt(role.port);
      if (role.quotas !== undefined) setQuotas(role.quotas, runtime);
      if (role.joinCode === true) requireJoinCode(runtime);
      control.hostingChanged();
      takeGuests(runtime);
      return;
    case 'client': {
      const { nickname, server, clientPort, joinCode } = role;
      return control.open({
        nickname,
        server,
        clientPort,
        joinCode,
        hosted: false,
        keepTrying: true,
      });
    }
    case 'app':
      return;
    default:
      return role satisfies never;
  }
}

/** Guests of a server that no user is beside. */
function takeGuests(runtime: LocalRuntime): void {
  const server = runtime.server();
  if (server !== null) runtime.guests?.serverStarted(server);
}

/** Keeps the quotas that `spec` does not name. Throws StartError if the disk refuses. */
function setQuotas(spec: string, runtime: LocalRuntime): void {
  const server = runtime.server();
  if (server === null) return;
  const parsed = parseQuotas(spec, server.admin.quotas);
  if ('error' in parsed) throw new RangeError(`the command line must refuse these quotas: ${parsed.error}`);
  asStartError(() => server.command((admin) => admin.setQuotas(parsed.quotas)));
}

/** Throws StartError if the disk refuses. */
function requireJoinCode(runtime: LocalRuntime): void {
  asStartError(() => runtime.server()?.command((admin) => admin.requireJoinCode(true)));
}

interface OpenBridge {
  readonly bridge: Bridge;
  /** The folder of the gateway itself. */
  readonly folder: string;
  readonly linkPage: Gateway['linkPage'];
  close(): Promise<void>;
}

/** Throws StartError. */
async function openBridge(
  options: GatewayOptions,
  root: string,
  api: GatewayApi,
  onFault: (error: unknown) => void,
): Promise<OpenBridge> {
  const clock = new SystemClock();
  const taken: { readonly dir: GatewayDir; readonly page: LinkPage }[] = [];
  try {
    const bridge = await startBridge({
      api,
      listen: options.http,
      // The gateway listens on an address other than loopback only if the user asks for it with --http.
      exposed: !isLoopback(parseHost(options.http.host) ?? options.http.host),
      auth: (port) => {
        const dir = acquireGatewayDir(root, port);
        const page = new LinkPage(path.join(dir.folder, 'open.html'));
        taken.push({ dir, page });
        page.remove();
        const store = fileAuthStore(dir.folder);
        const auth = { store, now: () => clock.now(), onSaveFailed: onFault };
        return openAuth({ ...auth, onLinkEnded: (hash) => page.linkEnded(hash) }, dir.folder);
      },
      onPortTaken: (port) => asStartError(() => forgetBrowsersAt(root, port)),
      app: options.app,
      log: { level: options.logLevel },
      version: options.version,
    });
    const [first] = taken;
    if (first === undefined) throw new Error('the bridge listens without its folder');
    const { dir, page } = first;
    try {
      asStartError(() => dir.lock.setUrl(bridge.url()));
    } catch (error) {
      await bridge.close();
      throw error;
    }
    const end = async (): Promise<void> => {
      await bridge.close();
      page.remove();
      dir.lock.release();
      // The next start gets another port, and what is kept for this one would stay behind.
      if (options.http.port === 0) removeGatewayDir(root, bridge.port);
    };
    // A fault in the program can end it a second time.
    let ending: Promise<void> | undefined;
    const close = (): Promise<void> => (ending ??= end());
    const linkPage = (link: Link): string | undefined => {
      try {
        return page.write(link);
      } catch (error) {
        onFault(error);
        return undefined;
      }
    };
    return { bridge, folder: dir.folder, linkPage, close };
  } catch (error) {
    for (const { dir } of taken) dir.lock.release();
    if (error instanceof BridgeListenError) throw new StartError(error.code, error.message, { cause: error });
    throw error;
  }
}

/** Throws StartError when the record cannot be read. */
function openAuth(options: BrowserAuthOptions, folder: string): BrowserAuth {
  return asStartError(() => {
    try {
      return new BrowserAuth(options);
    } catch (error) {
      throw storeFailure(error, folder);
    }
  });
}

/** Returns the log for errors inside the gateway that it has survived. */
function faultLog(level: LogLevel): (error: unknown) => void {
  if (level === 'silent' || level === 'fatal') return () => undefined;
  return (error) => {
    process.stderr.write(`${faultText(error)}\n`);
  };
}
