import type { LabSpec } from '../../net/lab-spec.ts';
import { ChatSimulation, type SimulatedClient } from './chat-simulation.ts';
import type { SimulatedServer } from './simulated-server.ts';
import type { SimulatedHost } from '../network/simulated-network.ts';

/** A server and users, each on a machine of its own, all on one LAN. */
export class ChatFixture {
  readonly simulation: ChatSimulation;
  readonly server: SimulatedServer;
  readonly serverHost: SimulatedHost;
  readonly #hosts = new Map<SimulatedClient, SimulatedHost>();

  constructor(link: Partial<LabSpec> = {}, seed = 1) {
    this.simulation = new ChatSimulation({ seed, link });
    this.serverHost = this.simulation.host('box', '10.0.0.1/24');
    this.server = this.simulation.server(this.serverHost);
  }

  /** Makes a client that has not started yet. */
  client(nickname: string): SimulatedClient {
    const number = 10 + this.#hosts.size;
    const host = this.simulation.host(`${nickname}'s ${number}`, `10.0.0.${number}/24`);
    const one = this.simulation.client(nickname, host, this.server.address);
    this.#hosts.set(one, host);
    return one;
  }

  /** Makes clients that are online and see each other online. */
  online<const Nicknames extends readonly string[]>(
    ...nicknames: Nicknames
  ): { [Index in keyof Nicknames]: SimulatedClient } {
    const clients = nicknames.map((nickname) => this.client(nickname).start());
    this.simulation.until('everybody online', () =>
      clients.every((one) => one.isOnline && clients.every((other) => one.sees(other))),
    );
    return clients as { [Index in keyof Nicknames]: SimulatedClient };
  }

  hostOf(one: SimulatedClient): SimulatedHost {
    const host = this.#hosts.get(one);
    if (host === undefined) throw new Error(`${one.nickname} is not of this chat`);
    return host;
  }

  /** Cuts the direct path between two clients. Both still reach the server. */
  part(one: SimulatedClient, other: SimulatedClient): void {
    this.simulation.network.partition(this.hostOf(one), this.hostOf(other));
  }

  heal(one: SimulatedClient, other: SimulatedClient): void {
    this.simulation.network.heal(this.hostOf(one), this.hostOf(other));
  }

  /** Deregisters the named clients. */
  leaves(one: SimulatedClient, ...others: SimulatedClient[]): void {
    one.command((client, now) => client.deregister(now));
    this.simulation.until(
      `${one.nickname} away`,
      () => one.role.session().phase === 'offline' && others.every((other) => !other.sees(one)),
    );
  }

  /** Sets the server up again, where another client takes the nickname of `one`. `other` sees it. */
  withAnotherKey(one: SimulatedClient, other: SimulatedClient): SimulatedClient {
    one.kill();
    this.simulation.until('away', () => !other.sees(one));
    this.server.kill();
    this.server.wipe();
    this.server.start();
    const another = this.client(one.nickname).start();
    this.simulation.until('seen', () => other.sees(another) && another.sees(other), 60_000);
    return another;
  }

  returns(one: SimulatedClient): void {
    one.command((client, now) => client.register(now));
  }
}
