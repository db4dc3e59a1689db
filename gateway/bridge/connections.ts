import type { Socket } from 'node:net';
import { bridgeRequestConnectionsMax } from '../../shared/limits.ts';

/**
 * The TCP connections of the bridge. Those of tabs have a limit of their own (tabs.ts), so that idle connections never keep a
 * tab out. Past the limit of the others, the oldest one goes, so that a newcomer always gets in.
 */
export class Connections {
  /** Those that serve requests, the oldest first. */
  readonly #requests = new Set<Socket>();

  add(socket: Socket): void {
    this.#requests.add(socket);
    socket.once('close', () => this.#requests.delete(socket));
    const [oldest] = this.#requests;
    if (this.#requests.size > bridgeRequestConnectionsMax) oldest?.destroy();
  }

  /** The connection belongs to a tab from now on. */
  becameTab(socket: Socket): void {
    this.#requests.delete(socket);
  }
}
