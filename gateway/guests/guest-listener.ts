import { createServer } from 'node:net';
import { once } from 'node:events';
import { isOfLocalNetwork, type Address } from '../../shared/address.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { guestAddressesMax } from '../../shared/limits.ts';
import { isRefusedByBrowsers } from '../../shared/web-ports.ts';
import { interfaceAddresses, type OwnAddress } from '../net/interfaces.ts';
import type { GuestSocket } from './guest-door.ts';
import { GuestLimits } from './listener/guest-limits.ts';
import { openGuestSite, siteFaultOf, type GuestSite, type SiteFault } from './listener/guest-site.ts';

/** The port for guests, unless another program has it: then the next free one up to the last. */
export const guestPort = 5_080;
export const lastGuestPort = 5_099;

export interface GuestListenerOptions {
  /** The built files of the page of a guest. Nothing else is served. */
  readonly folder: string;
  /** Binds this address alone. Null: all addresses of this computer on local networks. */
  readonly at: Address | null;
  /** The port of an earlier start, which is in links. Null: none. */
  readonly port: number | null;
  /** A page has connected from this IP address. */
  readonly onSocket: (socket: GuestSocket, host: string) => void;
  /** `origins` has changed: this computer joined or left a network. */
  readonly onChange: () => void;
  readonly onFault: (error: unknown) => void;
  /** Written to standard error, as JSON lines. */
  readonly log: { readonly level: string };
  /** The addresses of this computer, the best one first. Left out: as the system tells them. */
  readonly hosts?: () => readonly string[];
  /** A clock that never goes back, for the rates of strangers. Left out: that of the system. */
  readonly nowMs?: () => number;
}

/** One check takes about 0.1 ms. */
const lookIntervalMs = 1_000;

/**
 * The web server for guests: a second port, which serves the page of a guest and its WebSocket on the local networks of this computer.
 *
 * It has a socket at each of these addresses, and follows those that come and go. One socket for all addresses would accept connections at a
 * VPN's and at public addresses too, and could close them only after it has shown itself there.
 */
export class GuestListener {
  readonly #options: GuestListenerOptions;
  readonly #port: number;
  readonly #limits: GuestLimits;
  readonly #sites = new Map<string, GuestSite>();
  /** The hosts of `#sites`, the best one first. */
  #hosts: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(options: GuestListenerOptions, port: number) {
    this.#options = options;
    this.#port = port;
    this.#limits = new GuestLimits(options.nowMs ?? (() => performance.now()));
  }

  /** Opens the port. A code says why it cannot be opened. */
  static async open(
    options: GuestListenerOptions,
  ): Promise<GuestListener | { readonly error: ErrorCode; readonly port: number }> {
    const first = options.at?.port ?? options.port;
    const last = first ?? lastGuestPort;
    for (let port = first ?? guestPort; port <= last; port++) {
      if (isRefusedByBrowsers(port)) return { error: 'port-refused-by-browsers', port };
      const fault = await portFault(port, options.at === null ? hostsOf(options) : [options.at.host]);
      if (fault === 'not-here' && options.at !== null) return { error: 'guest-address-missing', port };
      if (fault === 'taken') continue;
      const listener = new GuestListener(options, port);
      await listener.look();
      listener.#watch();
      return listener;
    }
    return { error: 'guest-port-taken', port: last };
  }

  get port(): number {
    return this.#port;
  }

  /** `http://host:port` of each address, in the order in which a phone should try them. Empty without a network. */
  origins(): readonly string[] {
    return this.#hosts.flatMap((host) => this.#sites.get(host)?.origin ?? []);
  }

  /** Follows the addresses of this computer. Called each second. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#follow()).catch(this.#options.onFault);
    return this.#looking;
  }

  /** Says goodbye to the pages, and stops listening. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#looking;
    await Promise.all([...this.#sites.values()].map((site) => site.close()));
    this.#sites.clear();
    this.#hosts = [];
  }

  #watch(): void {
    // A network that `--guests-at` names may come back with the same address, and its socket is still there then.
    if (this.#options.at !== null) return;
    this.#timer = setInterval(() => void this.look(), lookIntervalMs);
    // The roles keep the process alive, so the timer need not.
    this.#timer.unref();
  }

  async #follow(): Promise<void> {
    if (this.#isClosed) return;
    const { at } = this.#options;
    const hosts = at === null ? hostsOf(this.#options) : [at.host];
    const before = this.origins().join();
    const gone = [...this.#sites.values()].filter(({ host }) => !hosts.includes(host));
    for (const site of gone) {
      this.#sites.delete(site.host);
      await site.close();
    }
    for (const host of hosts) if (!this.#sites.has(host)) await this.#open(host);
    this.#hosts = hosts;
    if (this.origins().join() !== before) this.#options.onChange();
  }

  /** Without a site at this address, for example because another program has its port, the next look tries again. */
  async #open(host: string): Promise<void> {
    const { folder, onSocket, onFault, log } = this.#options;
    try {
      const site = await openGuestSite({
        address: { host, port: this.#port },
        folder,
        limits: this.#limits,
        onSocket,
        log,
      });
      if (typeof site !== 'string') this.#sites.set(host, site);
    } catch (error) {
      onFault(error);
    }
  }
}

function hostsOf({ hosts = () => guestHosts() }: GuestListenerOptions): readonly string[] {
  return hosts().slice(0, guestAddressesMax);
}

/** Returns the addresses of this computer at which guests find it, the best one first: neither those of a VPN nor of Docker. */
export function guestHosts(addresses: readonly OwnAddress[] = interfaceAddresses()): string[] {
  return addresses
    .filter(({ host, network }) => network !== 'vpn' && network !== 'docker' && isOfLocalNetwork(host))
    .map(({ host }) => host);
}

/** Returns what keeps the port from being opened: that it is taken at one of these hosts, or else that one of them is not here. */
async function portFault(port: number, hosts: readonly string[]): Promise<SiteFault | undefined> {
  let fault: SiteFault | undefined;
  for (const host of hosts) {
    const server = createServer((socket) => socket.destroy());
    try {
      server.listen({ host, port, exclusive: true });
      await once(server, 'listening');
    } catch (error) {
      const found = siteFaultOf(error);
      if (found === undefined) throw error;
      if (found === 'taken') return found;
      fault = found;
    } finally {
      server.close();
    }
  }
  return fault;
}
