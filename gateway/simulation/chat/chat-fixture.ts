import type { LabSpec } from '../../net/lab-spec.ts';
import { ChatSimulation, type SimulatedClient } from './chat-simulation.ts';
import type { SimulatedServer } from './simulated-server.ts';
import type { SimulatedHost } from '../network/simulated-network.ts';

/** A server on a machine of its own and people on theirs, all on one LAN. */
export class ChatFixture {
  readonly world: ChatSimulation;
  readonly server: SimulatedServer;
  readonly serverHost: SimulatedHost;
  readonly #hosts = new Map<SimulatedClient, SimulatedHost>();

  constructor(link: Partial<LabSpec> = {}, seed = 1) {
    this.world = new ChatSimulation({ seed, link });
    this.serverHost = this.world.host('box', '10.0.0.1/24');
    this.server = this.world.server(this.serverHost);
  }

  /** Somebody who has not started yet. */
  person(nickname: string): SimulatedClient {
    const number = 10 + this.#hosts.size;
    const host = this.world.host(`${nickname}'s ${number}`, `10.0.0.${number}/24`);
    const one = this.world.client(nickname, host, this.server.address);
    this.#hosts.set(one, host);
    return one;
  }

  /** People who are online and see each other so. */
  online<const Nicknames extends readonly string[]>(
    ...nicknames: Nicknames
  ): { [Index in keyof Nicknames]: SimulatedClient } {
    const people = nicknames.map((nickname) => this.person(nickname).start());
    this.world.until('everybody online', () =>
      people.every((one) => one.isOnline && people.every((other) => one.sees(other))),
    );
    return people as { [Index in keyof Nicknames]: SimulatedClient };
  }

  hostOf(one: SimulatedClient): SimulatedHost {
    const host = this.#hosts.get(one);
    if (host === undefined) throw new Error(`${one.nickname} is not of this chat`);
    return host;
  }

  /** The two cannot reach each other directly; both reach the server. */
  part(one: SimulatedClient, other: SimulatedClient): void {
    this.world.network.partition(this.hostOf(one), this.hostOf(other));
  }

  heal(one: SimulatedClient, other: SimulatedClient): void {
    this.world.network.heal(this.hostOf(one), this.hostOf(other));
  }

  /** Goes offline by `deregister`, for everybody named. */
  leaves(one: SimulatedClient, ...others: SimulatedClient[]): void {
    one.command((client, now) => client.deregister(now));
    this.world.until(
      `${one.nickname} away`,
      () => one.role.session().phase === 'offline' && others.every((other) => !other.sees(one)),
    );
  }

  returns(one: SimulatedClient): void {
    one.command((client, now) => client.register(now));
  }
}
