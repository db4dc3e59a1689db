import { expect, it } from 'vitest';
import { ChatSimulation } from './chat-simulation.ts';

/** SERVER_RETURN_CLIENTS=2000 shows the number that the program is made for. Joining takes most of a minute. */
const count = Number(process.env.SERVER_RETURN_CLIENTS ?? 200);

it(`a killed server has ${count} clients online again within 10 s of its start, on a network with loss`, () => {
  const simulation = new ChatSimulation({ seed: 1 });
  const server = simulation.server(simulation.host('box', '10.0.0.1/8'));
  const clients = Array.from({ length: count }, (_, index) => {
    const host = simulation.host(
      `host${index}`,
      `10.${1 + Math.floor(index / 200)}.0.${1 + (index % 200)}/8`,
    );
    return simulation.client(`person${index}`, host, server.address).start();
  });
  simulation.until('everybody online', () => clients.every((one) => one.isOnline), 120_000);
  simulation.pass(10_000);
  const registrations = () => server.changes.filter(({ type }) => type === 'registered').length;
  const before = registrations();
  server.kill();
  simulation.pass(1_000);
  simulation.network.setDefaultLink({ lossPercent: 5, delayMs: 5, jitterMs: 5 });
  server.start();
  simulation.until('all registered again', () => registrations() - before >= count, 10_000);
  const seesAll = (one: (typeof clients)[number]): boolean =>
    one.isOnline && one.role.contacts().filter(({ online }) => online).length === count;
  simulation.until('all see all', () => clients.every(seesAll), 10_000);
  expect(registrations() - before).toBe(count);
}, 600_000);
