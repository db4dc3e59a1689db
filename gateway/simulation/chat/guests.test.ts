import { beforeEach, describe, expect, it } from 'vitest';
import { acceptHost, signGuest } from '../../turn/guest-statement.ts';
import { signerOf } from '../../crypto/signer.ts';
import type { GuestOf } from '../../../shared/chat/guest.ts';
import type { RosterRow } from '../../../shared/chat/kinds.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Identity } from '../../store/client-store.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { ManualClientAtServer } from './manual-client.ts';
import { testIdentity } from './simulated-keys.ts';

let chat: ChatFixture;
let alice: SimulatedClient;
let carol: SimulatedClient;
beforeEach(() => {
  chat = new ChatFixture();
  [alice, carol] = chat.online('alice', 'carol');
});

/** Makes a guest of `host` that has not started yet. */
function guestOf(host: SimulatedClient, nickname: string): SimulatedClient {
  const guest = chat.client(nickname);
  guest.guestOf = (server) => host.role.signGuest(guest.key, server);
  return guest;
}

function bobAsGuest(): SimulatedClient {
  const bob = guestOf(alice, 'bob').start();
  const readers = [alice, bob, carol];
  chat.simulation.until('bob here', () => readers.every((one) => one.sees(bob) && bob.sees(one)));
  return bob;
}

/** The host that the frontends of `reader` show. */
function hostOf(reader: SimulatedClient, one: { readonly key: PeerKey }): PeerKey | undefined {
  const row = reader.role.contact(one.key);
  const shown = reader.events
    .flatMap((event) => (event.type === 'contacts' ? event.contacts : []))
    .findLast(({ key }) => key === one.key);
  expect(shown?.guestOf, 'told as it is').toBe(row?.guestOf);
  return row?.guestOf;
}

function statement(host: Identity, guest: Identity, server: PeerKey): GuestOf {
  return acceptHost(signGuest(host, guest.key, server, signerOf(host)), guest.key, server, signerOf(guest));
}

/** Lets the server change each row of the roster that it sends. */
function forgeRows(change: (row: RosterRow) => RosterRow): void {
  chat.server.byzantineReplies = (to, message) => [
    [to, message.kind === 'roster' ? { ...message, rows: message.rows.map(change) } : message],
  ];
}

function withoutHost({ guestOf: _, ...row }: RosterRow): RosterRow {
  return row;
}

describe('PROTOCOL 6.114: a guest', () => {
  it('is shown to the others, to its host and to itself as the guest of that host, and no other user is', () => {
    const bob = bobAsGuest();
    for (const reader of [alice, bob, carol]) expect(hostOf(reader, bob)).toBe(alice.key);
    expect(hostOf(bob, carol)).toBeUndefined();
    expect(hostOf(carol, alice)).toBeUndefined();
  });

  it('writes and reads as every client does', () => {
    const bob = bobAsGuest();
    const id = carol.say(bob, 'hello');
    chat.simulation.until('delivered', () => carol.stateOf(id) === 'delivered');
    expect(bob.textsFrom(carol)).toEqual(['hello']);
  });

  it('stays the guest of its host after the client, the host, the server and the backup of the server', () => {
    const bob = bobAsGuest();
    const copy = chat.server.disk.copy();
    bob.kill();
    alice.kill();
    chat.server.kill();
    chat.server.restore(copy);
    chat.server.start();
    expect(carol.asAfterRestart().contact(bob.key)?.guestOf).toBe(alice.key);
    // A client of an attacker with the key of the guest, which leaves the statement out.
    bob.guestOf = undefined;
    bob.start();
    const dora = chat.client('dora').start();
    chat.simulation.until('bob and dora here', () => dora.sees(bob) && carol.sees(bob));
    expect(hostOf(dora, bob)).toBe(alice.key);
    expect(hostOf(carol, bob)).toBe(alice.key);
  });

  it('is let in by its host where the server requires a join code', () => {
    chat.server.operate((admin) => admin.requireJoinCode(true));
    const bob = bobAsGuest();
    expect(hostOf(carol, bob)).toBe(alice.key);
  });

  it('is banned together with its host, also while it is online', () => {
    const bob = bobAsGuest();
    chat.server.operate((admin, now) => admin.ban(now, { type: 'key', key: alice.key }, null, []));
    chat.simulation.until('both banned', () =>
      [alice, bob].every(({ role }) => role.session().phase === 'refused'),
    );
    expect(bob.role.session()).toMatchObject({ code: 'banned' });
    const eve = guestOf(alice, 'eve').start();
    chat.simulation.until('refused', () => eve.role.session().phase === 'refused');
    expect(eve.role.session()).toMatchObject({ code: 'banned' });
  });
});

describe('PROTOCOL 6.115: a server', () => {
  const [guest, stranger] = [testIdentity(7), testIdentity(8)];
  let hand: ManualClientAtServer;
  beforeEach(() => {
    hand = new ManualClientAtServer(chat.simulation, chat.server, '10.0.0.200');
  });

  function codeWith(claim: GuestOf): string | undefined {
    const { length } = hand.heardOf('register-rejected');
    hand.register(length + 1, 'hand', { guestOf: claim });
    return hand.heardOf('register-rejected')[length]?.code;
  }

  it('refuses a statement that is forged, for another key, for another server, or without the guest’s own signature', () => {
    const right = statement(alice.identity, guest, chat.server.identity.key);
    const invalid = 'guest-statement-invalid';
    const byStranger = statement(stranger, guest, chat.server.identity.key);
    expect(codeWith({ ...right, hostSignature: byStranger.hostSignature })).toBe(invalid);
    expect(codeWith({ ...byStranger, host: alice.key })).toBe(invalid);
    expect(codeWith({ ...right, guestSignature: right.hostSignature })).toBe(invalid);
    expect(codeWith(statement(alice.identity, stranger, chat.server.identity.key))).toBe(invalid);
    expect(codeWith(statement(alice.identity, guest, stranger.key))).toBe(invalid);
    expect(codeWith(statement(guest, guest, chat.server.identity.key))).toBe(invalid);
    expect(chat.server.store.names.all().map(({ nickname }) => nickname)).toEqual(['alice', 'carol']);
    expect(codeWith(right)).toBeUndefined();
    expect(hand.heardOf('registered')).toHaveLength(1);
  });

  it('refuses the guest of a host that is not in the client table, and says that it can try again', () => {
    hand.register(1, 'hand', { guestOf: statement(stranger, guest, chat.server.identity.key) });
    expect(hand.heardOf('register-rejected')).toMatchObject([
      { code: 'guest-host-unknown', retryAfterMs: 30_000 },
    ]);
  });

  it('refuses the guest of a guest, the guest of another host, a host with guests, and a user who was no guest before', () => {
    const bob = bobAsGuest();
    const server = chat.server.identity.key;
    expect(codeWith(statement(bob.identity, guest, server))).toBe('guest-statement-invalid');
    expect(codeWith(statement(alice.identity, guest, server))).toBeUndefined();
    expect(codeWith(statement(carol.identity, guest, server))).toBe('guest-statement-invalid');
    // Its nickname is released, and its guest stays.
    chat.server.operate((admin, now) => admin.release(now, 'alice'));
    alice.kill();
    alice.guestOf = (key) => carol.role.signGuest(alice.key, key);
    alice.start();
    chat.simulation.until('refused', () => alice.role.session().phase === 'refused');
    expect(alice.role.session()).toMatchObject({ code: 'guest-statement-invalid' });
    const dora = chat.client('dora').start();
    chat.simulation.until('dora here', () => dora.isOnline);
    dora.kill();
    dora.guestOf = (key) => carol.role.signGuest(dora.key, key);
    dora.start();
    chat.simulation.until('refused', () => dora.role.session().phase === 'refused');
    expect(dora.role.session()).toMatchObject({ code: 'guest-statement-invalid' });
  });
});

describe('PROTOCOL 6.116: a client', () => {
  it('does not show what a server claims without the signatures of host and guest', () => {
    const server = chat.server.identity.key;
    const dora = chat.client('dora');
    // The operator has a client, too, and signs with its key that carol is its guest. Carol has not signed.
    const claimed = statement(alice.identity, carol.identity, server);
    const forged = { ...claimed, guestSignature: claimed.hostSignature };
    forgeRows((row) => (row.key === carol.key ? { ...row, guestOf: forged } : row));
    dora.start();
    chat.simulation.until('dora here', () => dora.sees(carol));
    expect(hostOf(dora, carol)).toBeUndefined();
  });

  it('does not take the host over to another key that the user accepts for the same person', () => {
    const bob = bobAsGuest();
    carol.say(bob, 'hello');
    chat.simulation.pass(1_000);
    const withProgram = chat.withAnotherKey(bob, carol);
    expect(carol.command((client, now) => client.acceptKey(now, bob.key, withProgram.key))).toMatchObject({
      status: 'done',
    });
    expect(carol.role.contact(withProgram.key)).toMatchObject({ nickname: 'bob' });
    expect(hostOf(carol, withProgram)).toBeUndefined();
    expect(carol.asAfterRestart().contact(withProgram.key)?.guestOf).toBeUndefined();
  });

  it('shows no statement that counts at another server', () => {
    const dora = chat.client('dora');
    const elsewhere = statement(alice.identity, carol.identity, testIdentity(5).key);
    forgeRows((row) => (row.key === carol.key ? { ...row, guestOf: elsewhere } : row));
    dora.start();
    chat.simulation.until('dora here', () => dora.sees(carol));
    expect(hostOf(dora, carol)).toBeUndefined();
  });

  it('goes on showing a guest as one, also after a restart, when the server leaves the host out or names another', () => {
    const bob = bobAsGuest();
    const other = statement(carol.identity, bob.identity, chat.server.identity.key);
    forgeRows((row) => (row.key === bob.key ? { ...row, guestOf: other } : row));
    chat.leaves(bob, carol);
    expect(hostOf(carol, bob)).toBe(alice.key);
    forgeRows(withoutHost);
    chat.returns(bob);
    chat.simulation.until('back', () => carol.sees(bob));
    expect(hostOf(carol, bob)).toBe(alice.key);
    carol.kill();
    carol.start();
    chat.simulation.until('here', () => carol.sees(bob));
    expect(hostOf(carol, bob)).toBe(alice.key);
  });
});
