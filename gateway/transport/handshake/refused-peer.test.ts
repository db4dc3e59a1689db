import { describe, expect, it } from 'vitest';
import type { PeerKey } from '../../../shared/ids.ts';
import { testKey } from '../../simulation/transport/endpoint-node.ts';
import { answerByHand, ManualHandshake } from '../../simulation/transport/manual-handshake.ts';
import { connectedLan, smallLan } from '../../simulation/transport/transport-fixture.ts';

/** The key of handshakes that are written by hand. */
const manualKey = testKey(9);

describe('a peer that the role refuses', () => {
  it('PROTOCOL 4.14: gets a RESPONSE, and no answer to its CONFIRMATION or to copies of it', () => {
    const { network, low, raw, nowMs } = smallLan({}, { low: { refusesPeer: (peer) => peer === manualKey } });
    const dial = new ManualHandshake(7);
    raw.send(low.address, dial.initiation());
    network.run(3);
    const { confirmation } = dial.confirm(nowMs(), raw.packetsOf('response')[0]!);
    const { sent } = low.endpoint.counters;
    for (let copy = 1; copy <= 5; copy++) {
      raw.send(low.address, confirmation);
      network.run(500);
    }
    expect(low.events).toEqual([]);
    expect(low.endpoint.counters).toMatchObject({ sent, dropped: { 'not-for-me': 5 } });
    expect([low.endpoint.connectionCount, raw.packetsOf('reset')]).toEqual([0, []]);
  });

  it('PROTOCOL 4.14: is not dialed, and gets no CONFIRMATION if it answers a dial without an expected key', () => {
    const { network, low, raw } = smallLan({}, { low: { refusesPeer: (peer) => peer === manualKey } });
    low.dial('expected', [raw.address], manualKey);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'expected', cause: 'no-answer' }]);
    low.events.length = 0;
    low.dial('any', [raw.address]);
    network.run(1);
    raw.send(low.address, answerByHand(raw.packetsOf('initiation')[0]!, 5).response);
    network.run(10_000);
    expect(raw.packetsOf('confirmation')).toEqual([]);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'any', cause: 'no-answer' }]);
  });

  it('PROTOCOL 4.14: gets no connection by a dial that was under way when the role refused it', () => {
    const refused = new Set<PeerKey>();
    const lan = smallLan({ delayMs: 20 }, { low: { refusesPeer: (peer) => refused.has(peer) } });
    const { network, low, high } = lan;
    low.dial('d', [high.address], high.key);
    // The CONFIRMATION has left.
    network.run(50);
    refused.add(high.key);
    network.run(10_000);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'no-answer' }]);
    expect(low.endpoint.connectionCount).toBe(0);
    network.run(60_000);
    expect(high.endpoint.connectionCount).toBe(0);
  });

  it('PROTOCOL 4.14: leaves other peers as they are', () => {
    const { network, low, high } = connectedLan({}, { low: { refusesPeer: (peer) => peer === manualKey } });
    high.send(low.key, 'chat', 'hello');
    network.run(100);
    expect(low.receivedTexts()).toEqual(['hello']);
  });
});
