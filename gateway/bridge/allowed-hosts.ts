import { formatAddress, isLoopback } from '../../shared/address.ts';

/**
 * The names under which the bridge answers. With DNS rebinding, the name of a foreign page points at
 * 127.0.0.1. The page still sends that name as Host, and is refused because of it.
 */
export class AllowedHosts {
  readonly #port: number;
  readonly #fixed: ReadonlySet<string>;
  readonly #interfaceHosts: () => readonly string[];

  /**
   * `listenHost` is an IP literal. `interfaceHosts` returns this machine's addresses. It is called for each unknown name,
   * because they change while the program runs, and only when the bridge is shown on the network.
   */
  constructor(options: { port: number; listenHost: string; interfaceHosts: () => readonly string[] }) {
    this.#port = options.port;
    const isEverywhere = listensEverywhere(options.listenHost);
    const fixed = ['127.0.0.1', 'localhost', '::1', ...(isEverywhere ? [] : [options.listenHost])];
    this.#fixed = new Set(fixed.flatMap((host) => this.#forms(host)));
    this.#interfaceHosts = isEverywhere ? options.interfaceHosts : () => [];
  }

  /** Whether a Host header names this bridge. */
  allowsHost(host: string | undefined): boolean {
    if (host === undefined) return false;
    const name = host.toLowerCase();
    return this.#fixed.has(name) || this.#interfaceHosts().some((known) => this.#forms(known).includes(name));
  }

  /**
   * Whether an Origin header names a page that this bridge served under the name in Host. A request without Origin is refused.
   * A page that came under another name of this machine is refused, too: another program may have served it.
   */
  allowsOrigin(origin: string | undefined, host: string | undefined): boolean {
    return host !== undefined && origin === `http://${host.toLowerCase()}` && this.allowsHost(host);
  }

  #forms(host: string): string[] {
    const form = formatAddress({ host, port: this.#port });
    // RFC 9110 section 7.2: Host leaves the scheme's default port out.
    return this.#port === 80 ? [form, form.slice(0, -':80'.length)] : [form];
  }
}

/** The host by which a browser on this machine reaches what listens on `listenHost`. */
export function localHost(listenHost: string): string {
  return listensEverywhere(listenHost) ? '127.0.0.1' : listenHost;
}

/** Whether listening there shows the bridge to other machines. */
export function isShownOnNetwork(listenHost: string): boolean {
  return !isLoopback(listenHost);
}

function listensEverywhere(listenHost: string): boolean {
  return listenHost === '0.0.0.0' || listenHost === '::';
}
