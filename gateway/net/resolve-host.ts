import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  answeringHost,
  isBroadcastOf,
  isUnicast,
  parseHost,
  type InterfaceAddress,
} from '../../shared/address.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { candidatesMax } from '../../shared/limits.ts';
import type { ResolvedAddress, TypedAddress } from '../../shared/typed-address.ts';
import { interfaceAddresses } from './interfaces.ts';
import { systemInterfaces } from './system-interfaces.ts';

/** What this machine knows about names and networks. */
export interface Resolver {
  /** Returns the IP literals that the system finds for a name. Throws if it finds none. `signal` aborts the search. */
  readonly lookup: (name: string, signal: AbortSignal) => Promise<readonly string[]>;
  readonly interfaces: () => readonly InterfaceAddress[];
  /** Returns the interface's name for a zone, which is its name or its number. Undefined without such an interface. */
  readonly zoneOf: (zone: string) => string | undefined;
  /** Resolves when a lookup has taken too long. */
  readonly timeout: () => Promise<void>;
}

/** Finds the addresses behind a typed address. The error is a code of shared/errors.ts. */
export async function resolveAddress(
  { host, port }: TypedAddress,
  resolver: Resolver = systemResolver,
): Promise<ResolvedAddress | { readonly error: ErrorCode }> {
  if (host.type === 'ip') {
    const found = onThisMachine(host.host, resolver);
    return 'error' in found ? found : { addresses: [{ host: found.host, port }], name: null };
  }
  const { name } = host;
  const search = new AbortController();
  const texts = await Promise.race([
    resolver.lookup(name, search.signal).catch(() => []),
    resolver.timeout().then(() => undefined),
  ]);
  search.abort();
  if (texts === undefined) return { error: 'host-name-slow' };
  const hosts = new Set(
    texts
      .map(parseHost)
      .filter((host) => host !== undefined)
      .filter((host) => isReachable(host, resolver))
      .map(answeringHost),
  );
  const [first, ...others] = Array.from(hosts, (host) => ({ host, port })).slice(0, candidatesMax);
  return first === undefined ? { error: 'host-name-unknown' } : { addresses: [first, ...others], name };
}

function onThisMachine(
  host: string,
  resolver: Resolver,
): { readonly host: string } | { readonly error: ErrorCode } {
  if (resolver.interfaces().some((attached) => isBroadcastOf(host, attached)))
    return { error: 'address-broadcast' };
  const [plain = '', zone] = host.split('%');
  if (zone === undefined) return { host };
  const name = resolver.zoneOf(zone);
  return name === undefined ? { error: 'address-zone-unknown' } : { host: `${plain}%${name}` };
}

/** Link-local IPv6 addresses come without their zone, so they lead nowhere. */
function isReachable(host: string, { interfaces }: Resolver): boolean {
  return isUnicast(host) && !/^fe[89ab]/u.test(host) && !interfaces().some((one) => isBroadcastOf(host, one));
}

/** A resolver on a local network answers within milliseconds, or never. */
const lookupMsMax = 2_000;

export const systemResolver: Resolver = {
  lookup: lookUp,
  interfaces: () => interfaceAddresses(),
  zoneOf: (zone) => zoneOn(zone, systemInterfaces()),
  timeout: () =>
    new Promise((resolve) => {
      setTimeout(resolve, lookupMsMax).unref();
    }),
};

/**
 * Asks the system in a process of its own. A resolver without an answer keeps its thread for 10 seconds and more, and Node waits
 * for all its threads before it ends: this program would not end, whatever the user does.
 */
async function lookUp(name: string, signal: AbortSignal): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', lookUpScript, '--', name], {
    signal,
    killSignal: 'SIGKILL',
    env: { ...process.env, NODE_OPTIONS: '' },
    windowsHide: true,
  });
  return stdout.split('\n').filter((line) => line !== '');
}

const lookUpScript = `
  require('node:dns').lookup(process.argv[1], { all: true, order: 'verbatim' }, (error, found = []) => {
    for (const { address } of found) console.log(address);
  });`;

/** Windows names a zone by the number of the interface, other systems by its name. */
export function zoneOn(
  zone: string,
  interfaces: Readonly<Record<string, readonly { readonly scopeid?: number | undefined }[] | undefined>>,
): string | undefined {
  for (const [name, entries] of Object.entries(interfaces)) {
    const number = entries?.find(({ scopeid = 0 }) => scopeid > 0)?.scopeid;
    if (name !== zone && String(number) !== zone) continue;
    if (process.platform !== 'win32') return name;
    return number === undefined ? undefined : String(number);
  }
  return undefined;
}
