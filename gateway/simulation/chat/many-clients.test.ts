import { describe, expect, it } from 'vitest';
import { ChatSimulation, type SimulatedClient } from './chat-simulation.ts';

describe('300 clients', () => {
  it('see each other, get each change, and get a burst of changes in few rosters', () => {
    const simulation = new ChatSimulation({ seed: 1 });
    const server = simulation.server(simulation.host('box', '10.0.0.1/8'));
    // A class behind one router, and others.
    const router = simulation.host('router', '10.0.9.1/8');
    const clients = Array.from({ length: 300 }, (_, index) => {
      const host = index < 256 ? router : simulation.host(`host${index}`, `10.0.1.${index - 255}/8`);
      return simulation.client(`person${index}`, host, { host: '10.0.0.1', port: 50_000 });
    });
    for (const one of clients) one.start();
    const knows = (one: SimulatedClient, count: number): boolean =>
      one.role.contacts().filter(({ online }) => online).length === count;
    simulation.until('all see all', () => clients.every((one) => knows(one, 300)), 120_000);
    const rostersBefore = clients[7]!.events.filter(({ type }) => type === 'contacts').length;
    for (const one of clients.slice(100, 200)) one.command((client, now) => client.deregister(now));
    simulation.until(
      'the others see them go',
      () => clients.slice(0, 100).every((one) => knows(one, 200)),
      120_000,
    );
    expect(clients[7]!.events.filter(({ type }) => type === 'contacts').length - rostersBefore).toBeLessThan(
      20,
    );
    // PROTOCOL 7.8, 7.9: the rates stop no honest use.
    expect(server.droppedPackets.limit).toBe(0);
    // The limit is only against hanging.
  }, 600_000);
});
