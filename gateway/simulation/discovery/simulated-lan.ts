import { discoveryGroups, discoveryPort } from '../../../shared/discovery/datagrams.ts';
import { formatAddress, type Address } from '../../../shared/address.ts';
import { identityFromSeed } from '../../crypto/identity.ts';
import { signerOf } from '../../crypto/signer.ts';
import { signingKeyOf } from '../../crypto/identity.ts';
import { Answerer, type BeaconFacts } from '../../discovery/answerer.ts';
import { Asker } from '../../discovery/asker.ts';
import type { Link, LinkDatagram } from '../../discovery/links.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import type { Identity } from '../../store/client-store.ts';

/** One datagram on the simulated network. */
export interface LanDatagram {
  readonly atMs: number;
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** A link of a simulated machine of IPv4 on the subnet 192.168.1.0/24. */
export function ipv4Link(host: string, changes: Partial<Link> = {}): Link {
  const { family = 4, prefixBits = 24 } = changes;
  return {
    id: 'eth0/4',
    family,
    host,
    prefixBits,
    subnets: family === 4 ? [{ host, prefixBits }] : [],
    network: 'lan',
    broadcast: host.replace(/\d+$/u, '255'),
    ...changes,
  };
}

/** The identity of a number: every second seed has none, so the number counts the seeds that have one. */
export function identityOf(number: number): Identity {
  for (let attempt = 0; ; attempt++) {
    const seed = new Uint8Array(32);
    new DataView(seed.buffer).setUint32(0, number);
    new DataView(seed.buffer).setUint32(4, attempt);
    const identity = identityFromSeed(seed);
    if (identity !== undefined) return identity;
  }
}

const verifier = signerOf(identityOf(0));

export class SimulatedHost {
  readonly identity: Identity;
  readonly answerer: Answerer;
  links: readonly Link[];
  facts: BeaconFacts;
  isOn = true;

  constructor(
    number: number,
    links: readonly Link[],
    random: SeededRandom,
    facts: Partial<BeaconFacts> = {},
  ) {
    this.identity = identityOf(number);
    this.links = links;
    this.facts = {
      port: 50_000,
      needsCode: false,
      versions: [3],
      name: `chat ${number}`,
      addresses: [],
      ...facts,
    };
    const signer = signerOf(this.identity);
    this.answerer = new Answerer({
      key: this.identity.key,
      sign: (bytes) => signer.sign('beacon', bytes),
      facts: () => this.facts,
      fraction: () => random.fraction(),
    });
    this.answerer.setLinks(links);
  }
}

/**
 * Askers and hosts on one switch, with a virtual clock. A datagram takes 1 ms. `drops` decides which ones are lost, and `sent` keeps
 * all of them.
 */
export class SimulatedLan {
  nowMs = 0;
  readonly random = new SeededRandom(13);
  readonly sent: LanDatagram[] = [];
  readonly hosts: SimulatedHost[] = [];
  readonly asker: Asker;
  askerLinks: readonly Link[];
  /** What the asker's table of neighbours names. */
  neighbours: string[] = [];
  drops: (datagram: LanDatagram) => boolean = () => false;
  #wire: (LanDatagram & { readonly dueMs: number })[] = [];

  constructor(askerLinks: readonly Link[] = [ipv4Link('192.168.1.7')]) {
    this.askerLinks = askerLinks;
    this.asker = new Asker({
      random: (byteCount) => this.random.bytes(byteCount),
      verify: (key, signed, signature) => {
        const signingKey = signingKeyOf(key);
        return signingKey !== undefined && verifier.verify('beacon', signingKey, signed, signature);
      },
      neighbours: () => this.neighbours,
    });
    this.asker.setLinks(0, askerLinks);
  }

  addHost(links: readonly Link[], facts: Partial<BeaconFacts> = {}): SimulatedHost {
    const host = new SimulatedHost(this.hosts.length + 1, links, this.random, facts);
    this.hosts.push(host);
    return host;
  }

  start(): void {
    this.asker.start(this.nowMs);
    this.#drain();
  }

  /** The host ends, and says goodbye if it can. */
  end(host: SimulatedHost, saysGoodbye = true): void {
    if (saysGoodbye) host.answerer.stop(this.#moment());
    this.#drain();
    host.isOn = false;
  }

  /** Puts bytes on the wire that no program of the simulation has sent. */
  inject(from: Address, to: Address, bytes: Uint8Array): void {
    this.#put(from, to, bytes);
  }

  run(forMs: number): void {
    const endMs = this.nowMs + forMs;
    for (;;) {
      const nextMs = this.#nextMs();
      if (nextMs === undefined || nextMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      this.#deliver();
      if ((this.asker.pollTimeout() ?? Number.POSITIVE_INFINITY) <= this.nowMs)
        this.asker.handleTimeout(this.nowMs);
      for (const { answerer } of this.hosts)
        if ((answerer.pollTimeout() ?? Number.POSITIVE_INFINITY) <= this.nowMs)
          answerer.handleTimeout(this.#moment());
      this.#drain();
    }
    this.nowMs = endMs;
  }

  /** The port of the asker on each link. */
  askerAddress(link: Link): Address {
    return { host: link.host, port: 40_000 };
  }

  names(): string[] {
    return this.asker.chats().map(({ name }) => name);
  }

  #moment() {
    return { monotonicMs: this.nowMs, wallMs: 1_764_480_000_000 + this.nowMs };
  }

  #nextMs(): number | undefined {
    const dues = [
      this.asker.pollTimeout(),
      ...this.#wire.map(({ dueMs }) => dueMs),
      ...this.hosts.map(({ answerer }) => answerer.pollTimeout()),
    ].filter((dueMs) => dueMs !== undefined);
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  #drain(): void {
    for (let out = this.asker.pollTransmit(); out !== undefined; out = this.asker.pollTransmit()) {
      const link = this.askerLinks.find(({ id }) => id === out.link);
      if (link !== undefined) this.#put(this.askerAddress(link), out.to, out.bytes);
    }
    for (const { answerer, links, isOn } of this.hosts)
      for (let out = answerer.pollTransmit(); out !== undefined; out = answerer.pollTransmit())
        if (isOn) this.#putAnswer(links, out);
  }

  #putAnswer(links: readonly Link[], { link, to, bytes }: LinkDatagram): void {
    const own = links.find(({ id }) => id === link);
    if (own !== undefined) this.#put({ host: own.host, port: discoveryPort }, to, bytes);
  }

  #put(from: Address, to: Address, bytes: Uint8Array): void {
    const datagram = { atMs: this.nowMs, from, to, bytes };
    this.sent.push(datagram);
    if (!this.drops(datagram)) this.#wire.push({ ...datagram, dueMs: this.nowMs + 1 });
  }

  #deliver(): void {
    const due = this.#wire.filter(({ dueMs }) => dueMs <= this.nowMs);
    this.#wire = this.#wire.filter(({ dueMs }) => dueMs > this.nowMs);
    for (const { from, to, bytes } of due) {
      for (const link of this.askerLinks)
        if (formatAddress(this.askerAddress(link)) === formatAddress(to))
          this.asker.handleDatagram(this.nowMs, link.id, from, bytes);
      for (const host of this.hosts)
        if (host.isOn && host.links.some((link) => hears(link, from, to)))
          host.answerer.handleDatagram(this.#moment(), from, bytes);
    }
  }
}

function hears(link: Link, from: Address, to: Address): boolean {
  if (to.port !== discoveryPort) return false;
  if (to.host === link.host) return true;
  const [ownZone, fromZone] = [link.host.split('%')[1], from.host.split('%')[1]];
  if (link.family === 6) return to.host === `${discoveryGroups.ipv6}%${fromZone}` && ownZone === fromZone;
  const isSameNet = link.host.split('.', 3).join() === from.host.split('.', 3).join();
  return isSameNet && (to.host === discoveryGroups.ipv4 || to.host === link.broadcast);
}
