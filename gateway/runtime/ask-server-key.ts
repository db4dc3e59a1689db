import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { keyPairOf, transportCrypto } from '../crypto/crypto.ts';
import { SystemClock } from '../net/clock.ts';
import { Driver } from '../net/driver.ts';
import { secureRandom } from '../net/random.ts';
import { Endpoint } from '../transport/endpoint.ts';
import type { EndpointEvent } from '../transport/events.ts';
import { openUdpSocket } from './running-role.ts';

/**
 * Which key answers at this address, undefined when nobody does within the tries of a dial. Asked under a key that is
 * made for the question, so that a stranger there learns nothing of this person.
 */
export async function askServerKey(server: Address): Promise<PeerKey | undefined> {
  const socket = await openUdpSocket(0);
  const endpoint = new Endpoint({
    keys: keyPairOf(secureRandom(32)),
    crypto: transportCrypto,
    random: secureRandom,
  });
  const answer = Promise.withResolvers<PeerKey | undefined>();
  const listen = (): void => {
    for (let event = endpoint.pollEvent(); event !== undefined; event = endpoint.pollEvent()) hear(event);
  };
  const hear = (event: EndpointEvent): void => {
    if (event.type === 'connected') answer.resolve(event.peer);
    else if (event.type === 'dial-failed') answer.resolve(undefined);
  };
  const driver = new Driver({
    socket,
    clock: new SystemClock(),
    conditioner: null,
    endpoint: {
      handleDatagrams: ({ monotonicMs }, datagrams) => {
        for (const { from, bytes } of datagrams) endpoint.handleDatagram(monotonicMs, from, bytes);
        listen();
      },
      handleTimeout: ({ monotonicMs }) => {
        endpoint.handleTimeout(monotonicMs);
        listen();
      },
      pollTransmit: () => endpoint.pollTransmit(),
      pollTimeout: () => endpoint.pollTimeout(),
    },
  });
  driver.turn(({ monotonicMs }) => {
    endpoint.apply(monotonicMs, { type: 'dial', dial: 'ask', candidates: [server], expected: null });
  });
  const key = await answer.promise;
  if (key !== undefined) {
    driver.turn(({ monotonicMs }) => {
      endpoint.apply(monotonicMs, { type: 'close', peer: key, reason: 'goodbye' });
    });
  }
  await driver.close();
  return key;
}
