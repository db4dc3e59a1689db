import { afterEach, describe, it } from 'vitest';
import type { NearbyChat } from '../../../shared/discovery/nearby-chats.ts';
import { identityOf, ipv4Link } from '../../simulation/discovery/simulated-lan.ts';
import { signingKeyOf } from '../../crypto/identity.ts';
import { signerOf } from '../../crypto/signer.ts';
import { SystemClock } from '../clock.ts';
import { secureRandom } from '../random.ts';
import { Announcer } from './announcer.ts';
import { Finder } from './finder.ts';

/** Real sockets, on the loopback of this machine alone. */
const links = () => [
  ipv4Link('127.0.0.1', { id: 'lo/4', prefixBits: 8, network: 'loopback', broadcast: '127.255.255.255' }),
];
const clock = new SystemClock();

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

async function announce(number: number): Promise<Announcer> {
  const identity = identityOf(number);
  const signer = signerOf(identity);
  const announcer = new Announcer({
    clock,
    links,
    key: identity.key,
    sign: (bytes) => signer.sign('beacon', bytes),
    fraction: () => 0,
    facts: () => ({ port: 50_000, needsCode: false, versions: [3], name: `test ${number}`, addresses: [] }),
  });
  opened.push(announcer);
  await announcer.opened;
  return announcer;
}

/** Starts to look, and returns a function that waits until the list is as wanted. */
async function find() {
  let wake: () => void = () => undefined;
  const signer = signerOf(identityOf(0));
  const finder = new Finder({
    clock,
    links,
    random: secureRandom,
    verify: (key, signed, signature) => {
      const signingKey = signingKeyOf(key);
      return signingKey !== undefined && signer.verify('beacon', signingKey, signed, signature);
    },
    neighbours: () => [],
    onChange: () => wake(),
  });
  opened.push({ close: () => finder.stop() });
  await finder.start();
  return async (isWanted: (chats: readonly NearbyChat[]) => boolean): Promise<void> => {
    while (!isWanted(finder.chats())) await new Promise<void>((resolve) => (wake = resolve));
  };
}

function has(number: number) {
  return (chats: readonly NearbyChat[]): boolean =>
    chats.some(({ key, addresses }) => key === identityOf(number).key && addresses[0] === '127.0.0.1:50000');
}

describe('discovery over real sockets', () => {
  it('PROTOCOL 11.2: two hosts on one machine share the port, and both are found', async () => {
    await announce(71);
    await announce(72);
    const found = await find();
    await found((chats) => has(71)(chats) && has(72)(chats));
  });

  it('PROTOCOL 11.29: a host that ended is gone with its goodbye, and leaves the port', async () => {
    const announcer = await announce(73);
    const found = await find();
    await found(has(73));
    announcer.close();
    await found((chats) => !has(73)(chats));
    await announce(73);
    await found(has(73));
  });

  it('PROTOCOL 11.3: a host hears what goes to the group, and joining again changes nothing', async () => {
    const announcer = await announce(74);
    await announcer.follow();
    await announcer.follow();
    // The first query goes to the group.
    const found = await find();
    await found(has(74));
  });
});
