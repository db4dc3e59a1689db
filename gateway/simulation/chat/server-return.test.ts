import { expect, it } from 'vitest';
import { ChatSimulation } from './chat-simulation.ts';

/** SERVER_RETURN_CLIENTS=2000 shows the design's number; most of a minute goes into their joining. */
const count = Number(process.env.SERVER_RETURN_CLIENTS ?? 200);

it(`a server that was killed has ${count} clients back within 10 s of its start, on a network that loses`, () => {
  const world = new ChatSimulation({ seed: 1 });
  const server = world.server(world.host('box', '10.0.0.1/8'));
  const people = Array.from({ length: count }, (_, index) => {
    const host = world.host(`host${index}`, `10.${1 + Math.floor(index / 200)}.0.${1 + (index % 200)}/8`);
    return world.client(`person${index}`, host, server.address).start();
  });
  world.until('everybody online', () => people.every((one) => one.isOnline), 120_000);
  world.pass(10_000);
  const registrations = () => server.changes.filter(({ type }) => type === 'registered').length;
  const before = registrations();
  server.kill();
  world.pass(1_000);
  world.network.setDefaultLink({ lossPercent: 5, delayMs: 5, jitterMs: 5 });
  server.start();
  world.until('all registered again', () => registrations() - before >= count, 10_000);
  const seesAll = (one: (typeof people)[number]): boolean =>
    one.isOnline && one.role.people().filter(({ online }) => online).length === count;
  world.until('all see all', () => people.every(seesAll), 10_000);
  expect(registrations() - before).toBe(count);
}, 600_000);
