import type { SeededRandom } from '../../net/seeded-random.ts';
import type { SimulatedHost, SimulatedNetwork } from './simulated-network.ts';

/** Cuts the network between two hosts, or between a part of the hosts and all others. */
export function cutSomewhere(
  network: SimulatedNetwork,
  hosts: readonly SimulatedHost[],
  chance: SeededRandom,
): void {
  const isSplit = chance.below(3) === 0;
  const one = hosts[chance.below(hosts.length)];
  const side = hosts.filter((host) => (isSplit ? chance.below(2) === 0 : host === one));
  const others = hosts.filter((host) => !side.includes(host));
  const far = isSplit ? others : others.slice(chance.below(others.length)).slice(0, 1);
  for (const near of side) for (const other of far) network.partition(near, other);
}

/** Heals all cuts. */
export function mendAll(network: SimulatedNetwork, hosts: readonly SimulatedHost[]): void {
  for (const one of hosts) for (const other of hosts) if (one !== other) network.heal(one, other);
}
