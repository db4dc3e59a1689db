import { describe, expect, it } from 'vitest';
import type { PacketOf } from '../../../shared/wire/packet.ts';
import { testKey } from '../../simulation/transport/endpoint-node.ts';
import { answerByHand } from '../../simulation/transport/manual-handshake.ts';
import { smallLan, type TransportFixture } from '../../simulation/transport/transport-fixture.ts';

/** Sends each INITIATION that came back to its sender, as an echo service does. */
function echo({ network, low, raw }: TransportFixture, rounds: number): void {
  let echoed = 0;
  for (let round = 0; round < rounds; round++) {
    network.run(100);
    const initiations: PacketOf<'initiation'>[] = raw.packetsOf('initiation');
    for (const initiation of initiations.slice(echoed)) raw.send(low.address, initiation);
    echoed = initiations.length;
  }
}

describe('a dial to an address that sends back what it gets', () => {
  it.each([
    ['without an expected key', null],
    ['with an expected key', testKey(5)],
  ])('PROTOCOL 4.5: fails as reflected at its second try, and makes no connection (%s)', (_, expected) => {
    const lan = smallLan();
    lan.low.dial('to the echo', [lan.raw.address], expected);
    echo(lan, 40);
    expect(lan.low.events).toEqual([{ type: 'dial-failed', dial: 'to the echo', cause: 'reflected' }]);
    expect(lan.raw.packetsOf('initiation')).toHaveLength(1);
    expect(lan.raw.packetsOf('response')).toEqual([]);
    expect(lan.low.endpoint.counters.dropped['not-for-me']).toBe(1);
  });

  it('PROTOCOL 4.5: still takes the answer of the real peer before the next try', () => {
    const { network, low, raw } = smallLan();
    low.dial('mine', [raw.address]);
    network.run(1);
    const initiation = raw.packetsOf('initiation')[0]!;
    raw.send(low.address, initiation);
    raw.send(low.address, answerByHand(initiation, 3).response);
    network.run(3);
    expect(raw.packetsOf('confirmation')).toHaveLength(1);
    expect(low.eventsOf('dial-failed')).toEqual([]);
  });

  it('PROTOCOL 4.5: goes on at its other candidates', () => {
    const lan = smallLan();
    const { low, high, raw } = lan;
    low.dial('both', [raw.address, high.address], high.key);
    echo(lan, 10);
    expect(low.eventsOf('connected')).toMatchObject([{ dial: 'both', peer: high.key }]);
  });

  it('PROTOCOL 4.5: is not stopped by a copy from another address', () => {
    const { network, low, high, raw } = smallLan();
    low.dial('mine', [high.address]);
    network.run(0);
    low.dial('theirs', [raw.address]);
    network.run(1);
    const theirs = raw.packetsOf('initiation')[0]!;
    raw.send(low.address, { ...theirs, message: theirs.message.map((byte) => byte ^ 1) });
    network.run(2_000);
    expect(low.eventsOf('connected')).toMatchObject([{ dial: 'mine' }]);
    expect(low.eventsOf('dial-failed').filter(({ cause }) => cause === 'reflected')).toEqual([]);
  });
});
