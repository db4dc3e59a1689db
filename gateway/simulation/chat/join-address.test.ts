import { formatAddress } from '../../../shared/address.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseNamedKey, type NamedKey } from '../../../shared/join-address.ts';
import { fingerprintOf } from '../../crypto/fingerprint.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { writeNow } from '../../turn/role.ts';

let chat: ChatFixture;
beforeEach(() => {
  chat = new ChatFixture();
});

const forms = ['fingerprint', 'whole'] as const;

/** The key of the server that runs now. */
function serverKey(form: (typeof forms)[number]): NamedKey {
  const { key } = chat.server.identity;
  return form === 'whole' ? { type: 'whole', key } : { type: 'fingerprint', fingerprint: fingerprintOf(key) };
}

/** What a running gateway does before its start: a whole key in the join address is pinned at once. */
function pin(client: SimulatedClient, named: NamedKey): void {
  client.namedKey = named;
  if (named.type !== 'whole') return;
  const address = formatAddress(chat.server.address);
  writeNow(client.store, () => client.store.facts.set({ server: { address, key: named.key } }));
}

/** Another server takes the place of the one that runs. */
function replaceServer(): void {
  chat.server.kill();
  chat.server.wipe({ newKey: true });
  chat.server.start();
}

function isRefused(client: SimulatedClient): boolean {
  return client.role.session().phase === 'refused';
}

function registrations(): number {
  return chat.server.changes.filter(({ type }) => type === 'registered').length;
}

describe('the server’s key in the join address', () => {
  it.each(forms)('lets the client in at a server with that key (%s)', (form) => {
    const alice = chat.client('alice');
    pin(alice, serverKey(form));
    alice.start();
    chat.simulation.until('online', () => alice.isOnline);
    expect(alice.role.session()).toMatchObject({
      server: {
        address: '10.0.0.1:50000',
        key: expect.stringMatching(/^([0-9a-z]{4}-){3}[0-9a-z]{4}$/u) as string,
      },
    });
  });

  it.each(forms)(
    'PROTOCOL 6.57: another server at the first connection gets no registration (%s)',
    (form) => {
      const alice = chat.client('alice');
      pin(alice, serverKey(form));
      const right = chat.server.identity;
      replaceServer();
      alice.start();
      chat.simulation.until('refused', () => isRefused(alice));
      expect(alice.role.session()).toMatchObject({ code: 'server-key-mismatch' });
      expect(alice.role.session()).not.toHaveProperty('foundServer');
      chat.simulation.pass(60_000);
      expect(registrations()).toBe(0);
      // The user tries again, and the right server has its place back.
      chat.server.kill();
      chat.server.identity = right;
      chat.server.start();
      alice.command((client, now) => client.register(now));
      chat.simulation.until('online', () => alice.isOnline, 60_000);
    },
  );

  it('is refused when it is mistyped, and the key that answered is not pinned', () => {
    const alice = chat.client('alice');
    alice.namedKey = parseNamedKey('k7q2-m4xd-9f3a-t6nz');
    alice.start();
    chat.simulation.until('refused', () => isRefused(alice));
    expect(alice.role.session()).toMatchObject({ code: 'server-key-mismatch' });
    expect(registrations()).toBe(0);
    expect(alice.store.facts.get().server).toBeUndefined();
  });

  it.each(forms)('is refused when it contradicts the pinned key of the server that answers (%s)', (form) => {
    const [alice] = chat.online('alice');
    alice.kill();
    const other = chat.simulation.newIdentity().key;
    alice.namedKey =
      form === 'whole'
        ? { type: 'whole', key: other }
        : { type: 'fingerprint', fingerprint: fingerprintOf(other) };
    alice.start();
    chat.simulation.until('refused', () => isRefused(alice));
    expect(alice.role.session()).toMatchObject({ code: 'server-key-mismatch' });
    expect(registrations()).toBe(1);
  });

  it.each(forms)('lets the user accept the new key of a known server that it named rightly (%s)', (form) => {
    const [alice] = chat.online('alice');
    alice.kill();
    alice.namedKey = serverKey(form);
    replaceServer();
    alice.start();
    chat.simulation.until('refused', () => isRefused(alice));
    const session = alice.role.session();
    expect(session).toMatchObject({
      code: 'server-key-changed',
      foundServer: { key: chat.server.identity.key },
    });
    alice.command((client, now) => client.acceptServerKey(now, chat.server.identity.key));
    chat.simulation.until('online', () => alice.isOnline, 60_000);
  });
});

describe('the name of a host with several addresses', () => {
  it('leads to the server at the one that answers, which is shown from then on', () => {
    const alice = chat.client('alice');
    const elsewhere = { host: '10.0.0.99', port: 50_000 };
    alice.hostName = { name: 'chat.local:50000', addresses: [elsewhere, chat.server.address] };
    alice.start();
    expect(alice.role.session()).toMatchObject({
      phase: 'joining',
      hostName: { name: 'chat.local:50000', addresses: ['10.0.0.99:50000', '10.0.0.1:50000'] },
    });
    chat.simulation.until('online', () => alice.isOnline);
    expect(alice.role.session()).toMatchObject({ server: { address: '10.0.0.1:50000' } });
    chat.server.kill();
    chat.simulation.until('offline', () => !alice.isOnline);
    chat.server.start();
    chat.simulation.until('online again', () => alice.isOnline);
  });
});
