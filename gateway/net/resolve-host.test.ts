import { describe, expect, it, vi } from 'vitest';
import { readAddress, type TypedAddress } from '../../shared/typed-address.ts';
import { resolveAddress, systemResolver, zoneOn, type Resolver } from './resolve-host.ts';

const never = new Promise<void>(() => undefined);

/** A machine at 192.168.1.7 with these names in its network. */
function resolverWith(names: Readonly<Record<string, readonly string[]>>, timeout = never): Resolver {
  return {
    lookup: (name) => {
      const found = names[name];
      return found === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(found);
    },
    interfaces: () => [
      { host: '192.168.1.7', prefixBits: 24 },
      { host: '10.1.2.3', prefixBits: 31 },
      { host: 'fd00::7', prefixBits: 64 },
    ],
    zoneOf: (zone) => (zone === 'eth0' || zone === '2' ? 'eth0' : undefined),
    timeout: () => timeout,
  };
}

function typed(text: string): TypedAddress {
  const read = readAddress(text);
  if ('error' in read) throw new Error(read.error);
  return read;
}

describe('the addresses behind a typed one', () => {
  it.each([
    ['192.168.1.9', '192.168.1.9'],
    ['192.168.2.255', '192.168.2.255'],
    ['10.1.2.3', '10.1.2.3'],
    ['fd00::', 'fd00::'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['fe80::1%2', 'fe80::1%eth0'],
  ])('%s is %s', async (text, host) => {
    expect(await resolveAddress(typed(text), resolverWith({}))).toEqual({
      addresses: [{ host, port: 50_000 }],
      name: null,
    });
  });

  it.each([
    ['192.168.1.255', 'address-broadcast'],
    ['192.168.1.0', 'address-broadcast'],
    ['fe80::1%eth7', 'address-zone-unknown'],
    ['nowhere', 'host-name-unknown'],
    ['only-local', 'host-name-unknown'],
    ['empty', 'host-name-unknown'],
  ])('%s is refused: %s', async (text, error) => {
    const resolver = resolverWith({
      'only-local': ['0.0.0.0', '::', 'fe80::1', '224.0.0.1', '192.168.1.255', 'nonsense'],
      empty: [],
    });
    expect(await resolveAddress(typed(text), resolver)).toEqual({ error });
  });

  it('of a name are all that the system finds, in its order, each once, and at most eight', async () => {
    const many = Array.from({ length: 20 }, (_, number) => `10.0.0.${number + 1}`);
    const resolver = resolverWith({
      'alice-pc.local': ['fd00::9', '192.168.1.9', '::ffff:192.168.1.9', 'fe80::9'],
      many,
      'my-pc': ['127.0.1.1', '::1'],
    });
    expect(await resolveAddress(typed('Alice-PC.local:50001'), resolver)).toEqual({
      addresses: [
        { host: 'fd00::9', port: 50_001 },
        { host: '192.168.1.9', port: 50_001 },
      ],
      name: 'alice-pc.local',
    });
    // Debian gives a machine's own name such an address, and its server answers from another one.
    expect(await resolveAddress(typed('my-pc'), resolver)).toMatchObject({
      addresses: [{ host: '127.0.0.1' }, { host: '::1' }],
    });
    const found = await resolveAddress(typed('many'), resolver);
    expect('error' in found ? found : found.addresses).toHaveLength(8);
  });

  it('are not waited for when the resolver is too slow', async () => {
    const lookup = vi.fn((_name: string, _signal: AbortSignal) => new Promise<never>(() => undefined));
    const resolver = { ...resolverWith({}, Promise.resolve()), lookup };
    expect(await resolveAddress(typed('slow'), resolver)).toEqual({ error: 'host-name-slow' });
    // The process that asks ends too.
    expect(lookup.mock.lastCall?.[1].aborted).toBe(true);
  });

  it('of this machine are found by the system', async () => {
    const found = await resolveAddress(typed('127.0.0.1:5'));
    expect(found).toEqual({ addresses: [{ host: '127.0.0.1', port: 5 }], name: null });
    const resolver = { ...systemResolver, timeout: () => never };
    const named = await resolveAddress({ host: { type: 'name', name: 'localhost' }, port: 5 }, resolver);
    expect(named).toMatchObject({ name: 'localhost' });
    expect('error' in named ? named : named.addresses).toContainEqual({ host: '127.0.0.1', port: 5 });
  });
});

describe('a zone', () => {
  it('is the name of an interface, or its number', () => {
    const interfaces = { lo: [{}], eth0: [{}, { scopeid: 0 }, { scopeid: 4 }], gone: undefined };
    const expected = process.platform === 'win32' ? '4' : 'eth0';
    expect(['eth0', '4', 'lo', '0', '5', 'eth1'].map((zone) => zoneOn(zone, interfaces))).toEqual([
      expected,
      expected,
      process.platform === 'win32' ? undefined : 'lo',
      undefined,
      undefined,
      undefined,
    ]);
  });
});
