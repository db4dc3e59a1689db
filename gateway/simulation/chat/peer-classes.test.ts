import { describe, expect, it } from 'vitest';
import { unknownMs } from '../../transport/timing.ts';
import { ChatSimulation } from './chat-simulation.ts';
import { ManualClient, ManualClientAtServer } from './manual-client.ts';

function withServer() {
  const simulation = new ChatSimulation({ seed: 1 });
  const server = simulation.server(simulation.host('box', '10.0.0.1/24'));
  return { simulation, server };
}

const endOf = ({ node }: ManualClient) => node.eventsOf('disconnected').map(({ cause }) => cause);

describe('unknown peers', () => {
  it('PROTOCOL 7.10: who do not register have 5 s at a server, and so have those who left', () => {
    const { simulation, server } = withServer();
    const [silent, registered, left] = [7, 8, 9].map(
      (seed) => new ManualClientAtServer(simulation, server, `10.0.0.${seed}`, seed),
    );
    registered!.register(1, 'stays');
    left!.register(1, 'leaves');
    simulation.pass(unknownMs + 1_000);
    expect([silent, registered, left].map((client) => endOf(client!))).toEqual([['refused'], [], []]);
    left!.tell({ kind: 'deregister', registration: 1 });
    simulation.pass(unknownMs + 1_000);
    expect([registered, left].map((client) => endOf(client!))).toEqual([[], ['refused']]);
  });

  it('PROTOCOL 7.10: have 5 s at a client, and people of the roster have more', () => {
    const { simulation, server } = withServer();
    const alice = simulation.client('alice', simulation.host('alice', '10.0.0.2/24'), server.address).start();
    simulation.until('online', () => alice.isOnline);
    const stranger = new ManualClient(simulation, '10.0.0.3', 5, 7);
    const bob = new ManualClientAtServer(simulation, server, '10.0.0.4', 8);
    bob.register(1, 'bob');
    simulation.pass(1_000);
    for (const { node } of [stranger, bob])
      node.dial('alice', [{ host: '10.0.0.2', port: 49_152 }], alice.key);
    simulation.pass(unknownMs + 1_000);
    expect([endOf(stranger), endOf(bob)]).toEqual([['refused'], []]);
    const id = bob.node.eventsOf('connected').filter(({ peer }) => peer === alice.key);
    expect(id).toHaveLength(1);
  });
});
