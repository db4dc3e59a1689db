import { describe, expect, it } from 'vitest';
import { ChatSimulation, type SimulatedClient } from './chat-simulation.ts';

describe('a crowd', () => {
  it('300 people in the table: all see all, a change reaches everybody, a burst of changes is few rosters', () => {
    const world = new ChatSimulation({ seed: 1 });
    world.server(world.host('box', '10.0.0.1/8'));
    const people = Array.from({ length: 300 }, (_, index) => {
      const host = world.host(`host${index}`, `10.0.${1 + Math.floor(index / 200)}.${1 + (index % 200)}/8`);
      return world.client(`person${index}`, host, { host: '10.0.0.1', port: 50_000 });
    });
    for (const one of people) one.start();
    const knows = (one: SimulatedClient, count: number): boolean =>
      one.role.people().filter(({ online }) => online).length === count;
    world.until('all see all', () => people.every((one) => knows(one, 300)), 120_000);
    const rostersBefore = people[7]!.events.filter(({ type }) => type === 'people').length;
    for (const one of people.slice(100, 200)) one.command((client, now) => client.deregister(now));
    world.until(
      'the others see them go',
      () => people.slice(0, 100).every((one) => knows(one, 200)),
      120_000,
    );
    expect(people[7]!.events.filter(({ type }) => type === 'people').length - rostersBefore).toBeLessThan(20);
  }, 60_000);
});
