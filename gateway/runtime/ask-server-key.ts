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
 * Returns the key that answers at this address, or at one of the others of its host, undefined when no answer comes within the attempts of a dial. It asks
 * under a key of its own, so that an unknown server there learns nothing about the local user.
 */
export async function askServerKey(
  server: Address,
  others: readonly Address[] = [],
): Promise<PeerKey | undefined> {
  const socket = await openUdpSocket(0);
  const endpoint = new Endpoint({
    keys: keyPairOf(secureRandom(32)),
    crypto: transportCrypto,
    random: secureRandom,
  });
  const answer = Promise.withResolvers<PeerKey | undefined>();
  const drainEvents = (): void => {
    for (let event = endpoint.pollEvent(); event !== undefined; event = endpoint.pollEvent())
      handleEvent(event);
  };
  const handleEvent = (event: EndpointEvent): void => {
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
        drainEvents();
      },
      handleTimeout: ({ monotonicMs }) => {
        endpoint.handleTimeout(monotonicMs);
        drainEvents();
      },
      pollTransmit: () => endpoint.pollTransmit(),
      pollTimeout: () => endpoint.pollTimeout(),
    },
  });
  driver.turn(({ monotonicMs }) => {
    endpoint.apply(monotonicMs, {
      type: 'dial',
      dial: 'ask',
      candidates: [server, ...others],
      expected: null,
    });
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
