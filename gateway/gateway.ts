import { isLoopback, parseHost } from '../shared/address.ts';
import { toHex } from '../shared/ids.ts';
import { parseQuotas } from '../shared/quotas.ts';
import { BrowserAuth } from './bridge/browser-auth.ts';
import { fileAccessStore } from './bridge/browser-auth-store.ts';
import type { AppSource } from './bridge/app.ts';
import { startBridge, type Bridge } from './bridge/http.ts';
import { BridgeListenError } from './bridge/listen.ts';
import type { HttpChoice, LogLevel, RoleChoice } from './cli/command-line.ts';
import { Control } from './control/control.ts';
import type { GatewayApi } from './control/gateway-api.ts';
import { faultText } from './cli/fault-text.ts';
import { dataRoot, gatewayFolder, makeFolder } from './data-dir/data-dir.ts';
import type { LabSpec } from './net/lab-spec.ts';
import { secureRandom } from './net/random.ts';
import { LocalRuntime } from './runtime/local-runtime.ts';
import { asStartError } from './data-dir/acquire-data-dir.ts';
import type { ServerChange } from '../shared/bridge/server-change.ts';
import type { Profile } from './transport/flow/settings.ts';
import { StartError } from './runtime/start-error.ts';
import { storeFailure } from './store/sqlite/failure.ts';

export interface GatewayOptions {
  readonly role: RoleChoice;
  /** Undefined: the place that the system has for such things. */
  readonly dataRoot: string | undefined;
  readonly http: HttpChoice;
  readonly lab: LabSpec | null;
  readonly profile: Profile;
  readonly logLevel: LogLevel;
  readonly app: AppSource;
  readonly version: string;
  /** What the server role of this gateway tells, if it plays one. */
  readonly onServerChange?: (change: ServerChange) => void;
}

/** A gateway at work: its roles, and the doors at which its faces come in. */
export interface Gateway {
  readonly api: GatewayApi;
  url(): string;
  /** The URL with a secret that lets one browser in, once. */
  newLink(): string;
  /** Where others join the server of this gateway; empty without one. */
  serverAddresses(): string[];
  /** Deregisters, tells peers and tabs, and closes everything; takes a few seconds at most. */
  close(): Promise<void>;
}

/** Starts what was asked for. Throws StartError with a sentence for the person; nothing stays open then. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const root = dataRoot(options.dataRoot);
  const onFault = faultLog(options.logLevel);
  let bridge: Bridge | undefined;
  const runtime = new LocalRuntime({
    dataRoot: root,
    lab: options.lab,
    profile: options.profile,
    url: () => bridge?.url() ?? null,
    onServerChange: options.onServerChange ?? (() => undefined),
    onFault,
  });
  const control = new Control({ premises: runtime, epoch: toHex(secureRandom(8)), onFault });
  const close = async (): Promise<void> => {
    try {
      await control.close();
    } finally {
      await runtime.stopServer();
      await bridge?.close();
    }
  };
  try {
    // The bridge first: a second process on the same data folder is told its URL.
    bridge = await openBridge(options, root, control, onFault);
    await playRole(options.role, control, runtime);
  } catch (error) {
    await close();
    throw error;
  }
  const opened = bridge;
  return {
    api: control,
    url: () => opened.url(),
    newLink: () => opened.newLink(),
    serverAddresses: () => runtime.hosting()?.addresses ?? [],
    close,
  };
}

async function playRole(role: RoleChoice, control: Control, runtime: LocalRuntime): Promise<void> {
  switch (role.type) {
    case 'server':
      await runtime.startServerAt(role.port);
      if (role.quotas !== undefined) setQuotas(role.quotas, runtime);
      control.hostingChanged();
      return;
    case 'client': {
      const { nickname, server, clientPort } = role;
      return control.open({ nickname, server, clientPort, hosted: false, keepTrying: true });
    }
    case 'app':
      return;
    default:
      return role satisfies never;
  }
}

/** Whatever is not named stays as it was. Throws StartError when the disk refuses. */
function setQuotas(spec: string, runtime: LocalRuntime): void {
  const operator = runtime.serverAdmin();
  if (operator === null) return;
  const parsed = parseQuotas(spec, operator.quotas());
  if ('error' in parsed) throw new RangeError(`the command line lets no such quotas in: ${parsed.error}`);
  asStartError(() => operator.setQuotas(parsed.quotas));
}

async function openBridge(
  options: GatewayOptions,
  root: string,
  face: GatewayApi,
  onFault: (error: unknown) => void,
): Promise<Bridge> {
  try {
    return await startBridge({
      face,
      listen: options.http,
      // Another address than loopback is only ever listened on because the person wrote it (`--http`).
      exposed: !isLoopback(parseHost(options.http.host) ?? options.http.host),
      access: (port) =>
        asStartError(() => {
          const folder = makeFolder(gatewayFolder(root, port));
          try {
            return new BrowserAuth(fileAccessStore(folder), onFault);
          } catch (error) {
            throw storeFailure(error, folder);
          }
        }),
      app: options.app,
      log: { level: options.logLevel },
      version: options.version,
    });
  } catch (error) {
    if (error instanceof BridgeListenError) throw new StartError(error.code, error.message, { cause: error });
    throw error;
  }
}

/** Faults inside that were answered as well as possible: for whoever reads the log. */
function faultLog(level: LogLevel): (error: unknown) => void {
  if (level === 'silent' || level === 'fatal') return () => undefined;
  return (error) => {
    process.stderr.write(`${faultText(error)}\n`);
  };
}
