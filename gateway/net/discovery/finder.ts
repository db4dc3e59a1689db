import type { NearbyChat } from '../../../shared/discovery/nearby-chats.ts';
import { Asker, type AskerOptions, type AskerPhase } from '../../discovery/asker.ts';
import type { Link } from '../../discovery/links.ts';
import type { Clock } from '../clock.ts';
import { DiscoverySocket } from './discovery-socket.ts';
import { systemLinks } from './system-links.ts';

export interface FinderOptions extends AskerOptions {
  readonly clock: Clock;
  /** The chats or the phase changed. Called at most ten times a second. */
  readonly onChange: () => void;
  /** Default: those of this machine. */
  readonly links?: () => readonly Link[];
}

/** How often the interfaces are looked at while a search is on. */
const lookIntervalMs = 1_000;
const changeIntervalMs = 100;

/** Runs an asker on the links of this machine, with one socket for each. It follows the interfaces only while it is on. */
export class Finder {
  readonly #asker: Asker;
  readonly #options: FinderOptions;
  readonly #sockets = new Map<string, { readonly link: Link; readonly socket: DiscoverySocket }>();
  #isOn = false;
  #lookedAtMs = 0;
  #looking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #changeTimer: NodeJS.Timeout | undefined;

  constructor(options: FinderOptions) {
    this.#options = options;
    this.#asker = new Asker(options);
  }

  get phase(): AskerPhase {
    return this.#asker.phase;
  }

  chats(): NearbyChat[] {
    return this.#asker.chats();
  }

  /** Starts to ask. The returned promise is for tests. */
  async start(): Promise<void> {
    if (this.#isOn) return;
    this.#isOn = true;
    await this.#look();
    this.#begin();
  }

  stop(): void {
    this.#isOn = false;
    this.#asker.stop();
    clearTimeout(this.#timer);
    clearTimeout(this.#changeTimer);
    this.#changeTimer = undefined;
    for (const { socket } of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  /** The user may have left the first screen while the sockets opened. */
  #begin(): void {
    if (!this.#isOn) return;
    this.#asker.start(this.#nowMs());
    this.#drain();
  }

  #nowMs(): number {
    return this.#options.clock.now().monotonicMs;
  }

  /** Opens and closes sockets as the interfaces have changed. Opens those again that the system has refused something. */
  #look(): Promise<void> {
    this.#lookedAtMs = this.#nowMs();
    // A search that the system refuses must not end the gateway. The next look tries again.
    this.#looking = this.#looking.then(() => this.#follow()).catch(() => undefined);
    return this.#looking;
  }

  async #follow(): Promise<void> {
    if (!this.#isOn) return;
    const links = (this.#options.links ?? systemLinks)();
    this.#asker.setLinks(this.#nowMs(), links);
    for (const [id, { link, socket }] of this.#sockets) {
      const isThere = links.some((each) => each.id === id && each.host === link.host);
      if (isThere && !socket.isBroken) continue;
      socket.close();
      this.#sockets.delete(id);
    }
    const missing = links.filter(({ id }) => !this.#sockets.has(id));
    await Promise.all(missing.map((link) => this.#open(link)));
  }

  async #open(link: Link): Promise<void> {
    const { id, family, host } = link;
    const socket = await DiscoverySocket.open({
      family,
      host,
      port: 0,
      onDatagram: (from, bytes) => {
        this.#asker.handleDatagram(this.#nowMs(), id, from, bytes);
        this.#tellChange();
      },
    });
    if (socket === undefined) return;
    if (this.#isOn && !this.#sockets.has(id)) this.#sockets.set(id, { link, socket });
    else socket.close();
  }

  #drain(): void {
    for (let out = this.#asker.pollTransmit(); out !== undefined; out = this.#asker.pollTransmit())
      this.#sockets.get(out.link)?.socket.send(out.to, out.bytes);
    this.#tellChange();
    const dueMs = this.#asker.pollTimeout();
    clearTimeout(this.#timer);
    if (dueMs === undefined) return;
    const waitMs = Math.max(1, Math.ceil(dueMs - this.#nowMs()));
    this.#timer = setTimeout(() => this.#handleTimer(), waitMs);
    this.#timer.unref();
  }

  #handleTimer(): void {
    if (this.#nowMs() - this.#lookedAtMs >= lookIntervalMs) void this.#look();
    this.#asker.handleTimeout(this.#nowMs());
    this.#drain();
  }

  #tellChange(): void {
    if (this.#changeTimer !== undefined || !this.#asker.takeChange()) return;
    this.#changeTimer = setTimeout(() => {
      this.#changeTimer = undefined;
      this.#options.onChange();
    }, changeIntervalMs);
    this.#changeTimer.unref();
  }
}
