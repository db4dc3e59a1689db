import type { Address } from '../../../shared/address.ts';
import { discoveryGroups, discoveryPort } from '../../../shared/discovery/datagrams.ts';
import { Answerer, type AnswererOptions } from '../../discovery/answerer.ts';
import type { Link } from '../../discovery/links.ts';
import type { Clock } from '../clock.ts';
import { DiscoverySocket } from './discovery-socket.ts';
import { systemLinks } from './system-links.ts';

export interface AnnouncerOptions extends AnswererOptions {
  readonly clock: Clock;
  /** Default: those of this machine. */
  readonly links?: () => readonly Link[];
}

/** Joining the groups again costs some system calls, and a chat is found soon enough after its interface came back. */
const lookIntervalMs = 2_000;
const families = [4, 6] as const;

/** Answers the askers of all links for a server on this machine. It sends nothing by itself. */
export class Announcer {
  readonly #answerer: Answerer;
  readonly #options: AnnouncerOptions;
  readonly #sockets = new Map<4 | 6, DiscoverySocket>();
  readonly #lookTimer: NodeJS.Timeout;
  #links: readonly Link[] = [];
  #looking: Promise<void> = Promise.resolve();
  #answerTimer: NodeJS.Timeout | undefined;
  #isOpen = true;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#answerer = new Answerer(options);
    void this.follow();
    this.#lookTimer = setInterval(() => void this.follow(), lookIntervalMs);
    this.#lookTimer.unref();
  }

  /** Resolves when the sockets are open, for tests. */
  get opened(): Promise<void> {
    return this.#looking;
  }

  /** Follows the interfaces as they are now. */
  follow(): Promise<void> {
    // A port that the system refuses must not end the gateway. The next look tries again.
    this.#looking = this.#looking.then(() => this.#follow()).catch(() => undefined);
    return this.#looking;
  }

  /** Says goodbye to those that asked lately, and closes the port. */
  close(): void {
    if (!this.#isOpen) return;
    this.#answerer.stop(this.#options.clock.now());
    this.#drain();
    this.#isOpen = false;
    clearInterval(this.#lookTimer);
    clearTimeout(this.#answerTimer);
    this.#closeSockets();
  }

  async #follow(): Promise<void> {
    if (!this.#isOpen) return;
    const links = (this.#options.links ?? systemLinks)();
    const isChanged = JSON.stringify(links) !== JSON.stringify(this.#links);
    const isBroken = [...this.#sockets.values()].some((socket) => socket.isBroken);
    this.#links = links;
    this.#answerer.setLinks(links);
    // A socket keeps its groups of interfaces that are gone, and the system allows it 20.
    if (isChanged || isBroken) this.#closeSockets();
    await Promise.all(families.map((family) => this.#open(family)));
    for (const { family, host } of links) {
      const group = family === 6 ? discoveryGroups.ipv6 : discoveryGroups.ipv4;
      // Between two looks, an interface can go and come back with the same address.
      this.#sockets.get(family)?.join(group, host);
    }
  }

  async #open(family: 4 | 6): Promise<void> {
    if (this.#sockets.has(family) || !this.#links.some((link) => link.family === family)) return;
    const socket = await DiscoverySocket.open({
      family,
      port: discoveryPort,
      onDatagram: (from, bytes) => this.#handle(from, bytes),
    });
    if (socket === undefined) return;
    if (this.#isOpen) this.#sockets.set(family, socket);
    else socket.close();
  }

  #closeSockets(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #handle(from: Address, bytes: Uint8Array): void {
    this.#answerer.handleDatagram(this.#options.clock.now(), from, bytes);
    this.#drain();
  }

  #drain(): void {
    for (let out = this.#answerer.pollTransmit(); out !== undefined; out = this.#answerer.pollTransmit())
      this.#sockets.get(out.to.host.includes(':') ? 6 : 4)?.send(out.to, out.bytes);
    const dueMs = this.#answerer.pollTimeout();
    clearTimeout(this.#answerTimer);
    if (dueMs === undefined || !this.#isOpen) return;
    const waitMs = Math.max(1, Math.ceil(dueMs - this.#options.clock.now().monotonicMs));
    this.#answerTimer = setTimeout(() => {
      this.#answerer.handleTimeout(this.#options.clock.now());
      this.#drain();
    }, waitMs);
    this.#answerTimer.unref();
  }
}
