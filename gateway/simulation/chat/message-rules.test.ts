import { describe, expect, it } from 'vitest';
import { encodeContent } from '../../../shared/chat/codec.ts';
import {
  type InstallationId,
  type MessageId,
  parseMessageId,
  type PeerKey,
  peerKeyFromBytes,
  serverEpochFromBytes,
} from '../../../shared/ids.ts';
import { directConversation } from '../../../shared/conversation.ts';
import { openErrorsMax, receiptEnvelopesMax } from '../../../shared/limits.ts';
import { contentText } from '../../../shared/content-text.ts';
import { ChatSimulation } from './chat-simulation.ts';
import { ManualClient, ManualClientAtServer, manualKeyId } from './manual-client.ts';

const body = new Uint8Array([1, 2, 3]);
const installation = '0011223344556677' as InstallationId;
const id = messageId(1);
/** Bytes that are not an envelope: a server cannot tell. */
const envelope = { format: 1, type: 'text', id, keyId: manualKeyId(), sealed: body };

function messageId(number: number): MessageId {
  return parseMessageId(`01890a5d-ac96-774b-bcce-${number.toString(16).padStart(12, '0')}`)!;
}

function atServer() {
  const simulation = new ChatSimulation({ seed: 1 });
  const server = simulation.server(simulation.host('box', '10.0.0.1/24'));
  return { simulation, server, hand: new ManualClientAtServer(simulation, server, '10.0.0.2') };
}

function twoAtServer() {
  const { simulation, server, hand } = atServer();
  const other = new ManualClientAtServer(simulation, server, '10.0.0.3', 8);
  hand.register(1);
  other.register(1, 'other');
  return { simulation, server, hand, other };
}

/** Alice is online, and a manual client without a registration is connected to her. */
function besideAlice() {
  const simulation = new ChatSimulation({ seed: 1 });
  const server = simulation.server(simulation.host('box', '10.0.0.1/24'));
  const alice = simulation.client('alice', simulation.host('alice', '10.0.0.2/24'), server.address).start();
  simulation.until('online', () => alice.isOnline);
  const hand = new ManualClient(simulation, '10.0.0.3', 5);
  hand.node.dial('d', [{ host: '10.0.0.2', port: 49_152 }], alice.key);
  simulation.until('connected', () => hand.node.eventsOf('connected').length === 1);
  return { simulation, server, alice, hand };
}

/** Alice, and a client that a test moves by hand. Both are registered and know each other. */
function aliceAndHand() {
  const simulation = new ChatSimulation({ seed: 1 });
  const server = simulation.server(simulation.host('box', '10.0.0.1/24'));
  const alice = simulation.client('alice', simulation.host('alice', '10.0.0.2/24'), server.address).start();
  const hand = new ManualClientAtServer(simulation, server, '10.0.0.3');
  hand.register(1, 'hand');
  simulation.until('met', () => alice.isOnline && alice.sees(hand));
  return { simulation, alice, hand };
}

describe('errors that a peer does not acknowledge', () => {
  /** Sends so many messages in one turn, which the peer answers with as many errors. */
  function provoke(hand: ManualClient, peer: PeerKey, count: number): void {
    for (let number = 0; number < count; number++)
      hand.say(peer, { kind: 'mail-keys-wanted', oneTimeLeft: 1 }, 0);
  }

  /** Sends more in one turn than the peer answers, which closes the connection. */
  function expectRefusal(simulation: ChatSimulation, hand: ManualClient, peer: PeerKey, count: number): void {
    provoke(hand, peer, count);
    simulation.pass(1_000);
    expect(hand.node.eventsOf('disconnected').map(({ cause }) => cause)).toEqual(['refused']);
  }

  it('PROTOCOL 7.13: the server answers an unknown peer once at a time, and then closes the connection', () => {
    const { simulation, hand } = atServer();
    for (let count = 1; count <= 5; count++) {
      provoke(hand, hand.server, openErrorsMax.unknown);
      simulation.pass(100);
      expect(hand.heardOf('error')).toHaveLength(count);
    }
    expectRefusal(simulation, hand, hand.server, openErrorsMax.unknown + 1);
  });

  it('PROTOCOL 7.13: the server answers a registered client more often at a time, and sees it offline after that', () => {
    const { simulation, hand, other } = twoAtServer();
    provoke(hand, hand.server, openErrorsMax.known);
    simulation.pass(1_000);
    expect(hand.heardOf('error')).toHaveLength(openErrorsMax.known);
    expectRefusal(simulation, hand, hand.server, 10 * openErrorsMax.known);
    // Its other messages were not even read.
    expect(hand.heardOf('error')).toHaveLength(openErrorsMax.known);
    const row = other
      .heardOf('roster')
      .flatMap(({ rows }) => rows)
      .findLast(({ key }) => key === hand.key);
    expect(row?.online).toBe(false);
  });

  it('PROTOCOL 7.13: a client answers an unknown peer once at a time, and then closes the connection', () => {
    const { simulation, alice, hand } = besideAlice();
    provoke(hand, alice.key, openErrorsMax.unknown);
    simulation.pass(100);
    expect(hand.heardOf('error')).toHaveLength(openErrorsMax.unknown);
    expectRefusal(simulation, hand, alice.key, openErrorsMax.unknown + 1);
    expect(alice.isOnline).toBe(true);
  });
});

describe('messages to a server', () => {
  it('PROTOCOL 6.6: everything but register needs a registration on this connection', () => {
    const { hand } = atServer();
    hand.tell({ kind: 'deregister', registration: 1 });
    hand.tell({ kind: 'error', code: 'malformed', about: null });
    expect(hand.heard()).toEqual([{ kind: 'error', code: 'not-registered', about: 'deregister' }]);
    hand.register(1);
    hand.tell({ kind: 'deregister', registration: 1 });
    expect(hand.heard().map(({ kind }) => kind)).toContain('deregistered');
  });

  it('PROTOCOL 6.66: a kind between clients is unknown to a server', () => {
    const { hand } = atServer();
    hand.register(1);
    hand.tell({ kind: 'message', id, body });
    hand.tell({ kind: 'stored', id });
    hand.tell({ kind: 'receipt', ids: [id] });
    expect(hand.heardOf('error')).toEqual([
      { kind: 'error', code: 'unknown-kind', about: 'message', id },
      { kind: 'error', code: 'unknown-kind', about: 'stored', id },
      { kind: 'error', code: 'unknown-kind', about: 'receipt' },
    ]);
  });

  it('PROTOCOL 6.62: an error names the message that it is about', () => {
    const { hand } = atServer();
    hand.tell({ kind: 'store', to: hand.key, ...envelope });
    expect(hand.heard()).toEqual([{ kind: 'error', code: 'not-registered', about: 'store', id }]);
  });

  it('PROTOCOL 6.63: the features of a client are in its row, and those of the server in registered', () => {
    const { simulation, hand, other } = twoAtServer();
    const featuresOf = (key: PeerKey) =>
      hand
        .heardOf('roster')
        .flatMap(({ rows }) => rows)
        .findLast((row) => row.key === key)?.features;
    simulation.pass(500);
    expect(hand.heardOf('registered')[0]?.features).toEqual(['check', 'typing']);
    expect(featuresOf(other.key)).toEqual([]);
    other.register(2, 'other', { features: ['content-picture', 'content-text'] });
    simulation.pass(500);
    expect(featuresOf(other.key)).toEqual(['content-picture', 'content-text']);
  });

  it('PROTOCOL 6.8: rows of the roster are sent again to a client that asks for them, and not more often than a limit', () => {
    const { simulation, hand } = twoAtServer();
    simulation.pass(500);
    const { epoch, to } = hand.heardOf('roster').at(-1)!;
    const heard = hand.heardOf('roster').length;
    hand.tell({ kind: 'roster-request', epoch, version: to - 1 });
    expect(hand.heardOf('roster').slice(heard)).toMatchObject([{ from: to - 1, to, last: true }]);
    hand.tell({ kind: 'roster-request', epoch, version: 0 });
    expect(hand.heardOf('roster').at(-1)).toMatchObject({ from: 0, to, last: true });
    for (let count = 0; count < 5; count++) hand.tell({ kind: 'roster-request', epoch, version: 0 });
    expect(hand.heardOf('error')[0]).toEqual({ kind: 'error', code: 'too-often', about: 'roster-request' });
    simulation.pass(10_000);
    const before = hand.heardOf('roster').length;
    hand.tell({ kind: 'roster-request', epoch, version: 0 });
    expect(hand.heardOf('roster')).toHaveLength(before + 1);
  });

  it('PROTOCOL 6.7: a late deregister of an earlier registration has no effect', () => {
    const { hand } = atServer();
    hand.register(1);
    hand.register(2);
    hand.tell({ kind: 'deregister', registration: 1 });
    expect(hand.heardOf('deregistered')).toEqual([]);
    hand.tell({ kind: 'deregister', registration: 2 });
    expect(hand.heardOf('deregistered')).toEqual([{ kind: 'deregistered', registration: 2 }]);
  });

  it('PROTOCOL 6.109: a nickname that its user gives up is free for another key, and a late request has no effect', () => {
    const { simulation, server, hand } = atServer();
    hand.register(1, 'bob');
    hand.register(2, 'bob');
    hand.tell({ kind: 'deregister', registration: 1, release: true });
    expect(hand.heardOf('deregistered')).toEqual([]);
    hand.tell({ kind: 'deregister', registration: 2, release: true });
    expect(hand.heardOf('deregistered')).toEqual([{ kind: 'deregistered', registration: 2, released: true }]);
    expect(server.people()).toEqual([]);
    const other = new ManualClientAtServer(simulation, server, '10.0.0.3', 8);
    other.register(1, 'bob');
    expect(other.heardOf('registered').map(({ nickname }) => nickname)).toEqual(['bob']);
  });

  it('PROTOCOL 6.9: a nickname belongs to a key, and only that key gets it again', () => {
    const { simulation, server, hand } = atServer();
    hand.register(1, 'bob');
    const other = new ManualClientAtServer(simulation, server, '10.0.0.3', 8);
    other.register(1, 'BOB');
    expect(other.heardOf('register-rejected')).toEqual([
      { kind: 'register-rejected', registration: 1, code: 'nickname-taken', suggestion: 'BOB2' },
    ]);
    hand.register(2, 'bob');
    hand.register(3, 'rob');
    expect(hand.heardOf('registered').map(({ nickname }) => nickname)).toEqual(['bob', 'bob', 'rob']);
    other.register(2, 'BOB');
    expect(other.heardOf('registered').map(({ nickname }) => nickname)).toEqual(['BOB']);
  });

  it('PROTOCOL 6.10: an envelope for a recipient that is away is stored, and the sender gets stored', () => {
    const { server, hand, other } = twoAtServer();
    other.tell({ kind: 'deregister', registration: 1 });
    hand.tell({ kind: 'store', to: other.key, ...envelope });
    expect(hand.heardOf('stored')).toEqual([{ kind: 'stored', id }]);
    expect(server.store.mailboxes.count(other.key)).toBe(1);
    // A copy gets the same answer, and is stored once.
    hand.tell({ kind: 'store', to: other.key, ...envelope });
    expect(hand.heardOf('stored').length).toBe(2);
    expect(server.store.mailboxes.count(other.key)).toBe(1);
    const unknownKey = peerKeyFromBytes(new Uint8Array(32).fill(3));
    hand.tell({ kind: 'store', to: unknownKey, ...envelope });
    expect(hand.heardOf('reject')).toEqual([
      { kind: 'reject', id, code: 'unknown-recipient', retryAfterMs: 30_000 },
    ]);
  });

  it('PROTOCOL 6.11: an envelope for a recipient that is online is delivered first, and without deliver-ack the sender gets stored', () => {
    const { simulation, server, hand, other } = twoAtServer();
    hand.tell({ kind: 'store', to: other.key, ...envelope });
    expect(other.heardOf('deliver')).toEqual([
      { kind: 'deliver', from: hand.key, to: other.key, ...envelope },
    ]);
    expect(hand.heardOf('stored')).toEqual([]);
    simulation.pass(5_000);
    expect(hand.heardOf('stored')).toEqual([{ kind: 'stored', id }]);
    expect(other.heardOf('deliver').length).toBe(2);
    other.tell({ kind: 'deliver-ack', items: [{ sender: hand.key, id }] });
    expect(server.store.mailboxes.count(other.key)).toBe(0);
  });

  it('PROTOCOL 6.12: an envelope leaves the mailbox at deliver-ack, and the server sends no message about it', () => {
    const { simulation, server, hand, other } = twoAtServer();
    hand.tell({ kind: 'store', to: other.key, ...envelope });
    const heard = hand.heard().length;
    other.tell({ kind: 'deliver-ack', items: [{ sender: other.key, id }] });
    expect(server.store.mailboxes.count(other.key)).toBe(1);
    other.tell({ kind: 'deliver-ack', items: [{ sender: hand.key, id }] });
    expect(server.store.mailboxes.count(other.key)).toBe(0);
    simulation.pass(30_000);
    expect(hand.heard()).toHaveLength(heard);
  });

  it('PROTOCOL 6.13: waiting envelopes are counted and then delivered at the registration, the oldest first', () => {
    const { hand, other } = twoAtServer();
    other.tell({ kind: 'deregister', registration: 1 });
    const ids = [1, 2, 3].map((number) => messageId(number));
    for (const each of ids) hand.tell({ kind: 'store', to: other.key, ...envelope, id: each });
    other.register(2, 'other');
    expect(other.heardOf('registered').at(-1)?.waiting).toBe(3);
    expect(other.heardOf('deliver').map((deliver) => deliver.id)).toEqual(ids);
  });
});

describe('envelopes on a server', () => {
  it('PROTOCOL 9.4: receipts are stored at once, do not count as waiting messages, and have a limit of their own', () => {
    const { server, hand, other } = twoAtServer();
    other.tell({ kind: 'deregister', registration: 1 });
    for (let number = 1; number <= receiptEnvelopesMax + 1; number++) {
      const receipt = { ...envelope, type: 'receipt', id: messageId(number) };
      // The server closes the connection of the other one after 5 s.
      hand.say(hand.server, { kind: 'store', to: other.key, ...receipt }, 10);
    }
    expect(hand.heardOf('stored')).toHaveLength(receiptEnvelopesMax);
    const last = messageId(receiptEnvelopesMax + 1);
    expect(hand.heardOf('reject')).toEqual([
      { kind: 'reject', id: last, code: 'mailbox-full', retryAfterMs: 30_000 },
    ]);
    expect(server.store.mailboxes.count(other.key)).toBe(0);
    other.register(2, 'other');
    expect(other.heardOf('registered').at(-1)?.waiting).toBe(0);
    expect(other.heardOf('deliver')).toHaveLength(32);
    // The sender of a receipt gets `stored` at once, even while the recipient is online.
    const third = messageId(1_000);
    hand.tell({ kind: 'store', to: other.key, ...envelope, type: 'receipt', id: third });
    expect(hand.heardOf('reject')).toHaveLength(2);
    other.tell({ kind: 'deliver-ack', items: [{ sender: hand.key, id: messageId(1) }] });
    hand.tell({ kind: 'store', to: other.key, ...envelope, type: 'receipt', id: third });
    expect(hand.heardOf('stored').at(-1)).toEqual({ kind: 'stored', id: third });
  });

  it('PROTOCOL 9.5: a rejected envelope leaves the mailbox, and its sender gets the bounce until it acknowledges it', () => {
    const { simulation, server, hand, other } = twoAtServer();
    hand.tell({ kind: 'store', to: other.key, ...envelope });
    // The server hands on the recipient's advice, also with a code that it does not know.
    other.tell({
      kind: 'deliver-reject',
      sender: hand.key,
      id,
      code: 'not-on-mondays',
      retryAfterMs: 86_400_000,
    });
    expect(server.store.mailboxes.count(other.key)).toBe(0);
    const bounce = { id, recipient: other.key, code: 'not-on-mondays', retryAfterMs: 86_400_000 };
    const bounces = { kind: 'bounces', items: [bounce] };
    expect(hand.heardOf('bounces')).toEqual([bounces]);
    simulation.pass(5_000);
    expect(hand.heardOf('bounces')).toEqual([bounces, bounces]);
    hand.tell({ kind: 'receipt-ack', ids: [id] });
    simulation.pass(30_000);
    expect(hand.heardOf('bounces')).toHaveLength(2);
    // An envelope that is not there cannot be rejected.
    other.tell({ kind: 'deliver-reject', sender: hand.key, id, code: 'wrong-key' });
    expect(hand.heardOf('bounces')).toHaveLength(2);
  });

  it('PROTOCOL 9.1: one sender’s envelope does not block another sender’s envelope with the same id', () => {
    const { simulation, server, hand, other } = twoAtServer();
    const third = new ManualClientAtServer(simulation, server, '10.0.0.4', 9);
    third.register(1, 'third');
    for (const sender of [hand, third]) sender.tell({ kind: 'store', to: other.key, ...envelope });
    expect(other.heardOf('deliver').map(({ from }) => from)).toEqual([hand.key, third.key]);
    other.tell({ kind: 'deliver-ack', items: [{ sender: third.key, id }] });
    expect(server.store.mailboxes.has(other.key, hand.key, id)).toBe(true);
  });
});

describe('messages to a client', () => {
  it('PROTOCOL 6.8: a client takes a delta that follows its version, and always a full snapshot', () => {
    const simulation = new ChatSimulation({ seed: 1 });
    const server = new ManualClient(simulation, '10.0.0.1', 50_000);
    const alice = simulation
      .client('alice', simulation.host('alice', '10.0.0.2/24'), server.node.address)
      .start();
    simulation.until('register', () => server.heardOf('register').length > 0);
    const epoch = serverEpochFromBytes(new Uint8Array(8));
    const observed = '10.0.0.2:5';
    server.say(alice.key, {
      kind: 'registered',
      registration: 1,
      signingKey: server.identity.signingKey,
      epoch,
      nickname: 'alice',
      observed,
      waiting: 0,
      wallMs: 0,
      features: [],
    });
    const { key: bob, signingKey } = simulation.newIdentity();
    const roster = (from: number, to: number, online: boolean) =>
      server.say(alice.key, {
        kind: 'roster',
        epoch,
        from,
        to,
        last: true,
        rows: [
          {
            key: bob,
            signingKey,
            nickname: 'bob',
            online,
            addressRevision: 0,
            lastSeenMs: null,
            features: [],
          },
        ],
      });
    const isBobSeenAfter = (...[from, to, online]: Parameters<typeof roster>) => {
      roster(from, to, online);
      return alice.sees({ key: bob });
    };
    expect(isBobSeenAfter(0, 2, true)).toBe(true);
    expect(isBobSeenAfter(0, 1, false)).toBe(false);
    expect(isBobSeenAfter(1, 3, true)).toBe(true);
    expect(isBobSeenAfter(1, 2, false)).toBe(true);
    expect(isBobSeenAfter(4, 5, false)).toBe(true);
    // The gap is asked for, and no second time within 5 s.
    expect(isBobSeenAfter(5, 6, false)).toBe(true);
    expect(server.heardOf('roster-request')).toEqual([{ kind: 'roster-request', epoch, version: 3 }]);
    simulation.pass(5_000);
    expect(isBobSeenAfter(6, 7, false)).toBe(true);
    expect(server.heardOf('roster-request')).toHaveLength(2);
    expect(isBobSeenAfter(3, 4, false)).toBe(false);
  });

  it('PROTOCOL 6.66: a kind of a server is unknown to a client when another client sends it', () => {
    const { simulation, alice, hand } = besideAlice();
    hand.say(alice.key, { kind: 'stored', id });
    hand.say(alice.key, { kind: 'deliver', from: hand.key, to: alice.key, ...envelope });
    hand.say(alice.key, { kind: 'deregister', registration: 1 });
    expect(hand.heardOf('error')).toEqual([
      { kind: 'error', code: 'unknown-kind', about: 'stored', id },
      { kind: 'error', code: 'unknown-kind', about: 'deliver', id },
      { kind: 'error', code: 'unknown-kind', about: 'deregister' },
    ]);
    simulation.pass(5_000);
    expect(alice.isOnline).toBe(true);
  });

  it('PROTOCOL 6.73: a client of a user that is away closes connections, and takes no message', () => {
    const { simulation, alice, hand } = besideAlice();
    alice.command((client, now) => client.deregister(now));
    simulation.until('away', () => alice.role.session().phase === 'offline');
    expect(hand.node.eventsOf('disconnected')).toMatchObject([{ peer: alice.key, cause: 'goodbye' }]);
    hand.node.dial('again', [{ host: '10.0.0.2', port: 49_152 }], alice.key);
    simulation.until('closed', () => hand.node.eventsOf('disconnected').length === 2);
    const content = { kind: 'text', text: 'hello' } as const;
    const hello = encodeContent({ installation, sequence: 1, sentAtMs: 0, content });
    hand.say(alice.key, { kind: 'message', id, body: hello }, 3_000);
    expect(hand.heardOf('receipt')).toEqual([]);
    expect(alice.messagesWith(hand)).toEqual([]);
  });

  it('PROTOCOL 6.62: a message of a kind that the recipient does not know is refused for good', () => {
    const { simulation, alice, hand } = aliceAndHand();
    const said = alice.say(hand, 'hello');
    simulation.until('arrived', () => hand.heardOf('message').length === 1);
    hand.say(alice.key, { kind: 'error', code: 'unknown-kind', about: 'message', id: said });
    expect(alice.stateOf(said)).toBe('failed');
  });

  it('PROTOCOL 6.62: a change of a message that is refused for good is told to its author, who can send it again or give it up', () => {
    const { simulation, alice, hand } = aliceAndHand();
    const said = alice.say(hand, 'hello');
    simulation.until('arrived', () => hand.heardOf('message').length === 1);
    hand.say(alice.key, { kind: 'receipt', ids: [said] });
    const edit = alice.write(hand, { kind: 'edit', of: said, text: 'good morning' });
    simulation.until('sent', () => hand.heardOf('message').some((message) => message.id === edit));
    hand.say(alice.key, { kind: 'error', code: 'unknown-kind', about: 'message', id: edit });
    const conversation = directConversation(hand.key);
    const failure = {
      type: 'change-failed',
      conversation,
      id: edit,
      kind: 'edit',
      of: [said],
      code: 'refused',
    };
    expect(alice.events).toContainEqual(failure);
    const sent = hand.heardOf('message').length;
    expect(alice.command((client, now) => client.retry(now, edit)).status).toBe('done');
    simulation.until('sent again', () => hand.heardOf('message').length > sent);
    hand.say(alice.key, { kind: 'error', code: 'unknown-kind', about: 'message', id: edit });
    expect(alice.command((client, now) => client.discard(now, edit)).status).toBe('done');
    expect(alice.command((client, now) => client.retry(now, edit))).toMatchObject({
      code: 'unknown-message',
    });
    expect(alice.messagesWith(hand).map(({ content }) => contentText(content))).toEqual(['good morning']);
  });

  it('PROTOCOL 6.14: each copy of a message gets a receipt after the commit, and the message is shown once', () => {
    const simulation = new ChatSimulation({ seed: 1 });
    simulation.server(simulation.host('box', '10.0.0.1/24'));
    const alice = simulation
      .client('alice', simulation.host('alice', '10.0.0.2/24'), { host: '10.0.0.1', port: 50_000 })
      .start();
    simulation.until('online', () => alice.isOnline);
    const hand = new ManualClient(simulation, '10.0.0.3', 5);
    hand.node.dial('d', [{ host: '10.0.0.2', port: 49_152 }], alice.key);
    simulation.until('connected', () => hand.node.eventsOf('connected').length === 1);
    const hello = encodeContent({
      installation,
      sequence: 1,
      sentAtMs: 0,
      content: { kind: 'text', text: 'hello' },
    });
    // No roster names the sender, so its first message waits for 2 s (6.64).
    hand.say(alice.key, { kind: 'message', id, body: hello }, 2_100);
    hand.say(alice.key, { kind: 'message', id, body: hello });
    expect(hand.heardOf('receipt')).toEqual([
      { kind: 'receipt', ids: [id] },
      { kind: 'receipt', ids: [id] },
    ]);
    expect(alice.textsFrom(hand)).toEqual(['hello']);
    hand.say(alice.key, { kind: 'message', id: messageId(2), body });
    expect(hand.heardOf('reject')).toEqual([{ kind: 'reject', id: messageId(2), code: 'malformed' }]);
  });

  it('PROTOCOL 6.15: a late message takes the place of its sequence, whatever the clocks show', () => {
    const simulation = new ChatSimulation({ seed: 1 });
    simulation.server(simulation.host('box', '10.0.0.1/24'));
    const alice = simulation
      .client('alice', simulation.host('alice', '10.0.0.2/24'), { host: '10.0.0.1', port: 50_000 })
      .start();
    simulation.until('online', () => alice.isOnline);
    const hand = new ManualClient(simulation, '10.0.0.3', 5);
    hand.node.dial('d', [{ host: '10.0.0.2', port: 49_152 }], alice.key);
    simulation.until('connected', () => hand.node.eventsOf('connected').length === 1);
    for (const sequence of [2, 3, 1]) {
      const content = { kind: 'text', text: `word ${sequence}` } as const;
      const sentAtMs = -sequence * 86_400_000;
      const words = encodeContent({ installation, sequence, sentAtMs, content });
      hand.say(alice.key, { kind: 'message', id: messageId(sequence), body: words });
    }
    simulation.pass(2_000);
    expect(alice.textsFrom(hand)).toEqual(['word 1', 'word 2', 'word 3']);
  });

  it('PROTOCOL 6.16: a client offers its stored messages again to a server of another epoch', () => {
    const simulation = new ChatSimulation({ seed: 1 });
    const server = simulation.server(simulation.host('box', '10.0.0.1/24'));
    const alice = simulation.client('alice', simulation.host('alice', '10.0.0.2/24'), server.address).start();
    const bob = simulation.client('bob', simulation.host('bob', '10.0.0.3/24'), server.address).start();
    simulation.until('met', () => alice.isOnline && alice.sees(bob));
    bob.command((client, now) => {
      client.deregister(now);
    });
    simulation.until('away', () => !alice.sees(bob));
    const stored = alice.say(bob, 'once more');
    simulation.until('stored', () => alice.stateOf(stored) === 'stored');
    server.kill();
    server.wipe();
    server.start();
    bob.command((client, now) => {
      client.register(now);
    });
    simulation.until('offered again and delivered', () => bob.textsFrom(alice).length === 1, 120_000);
  });
});
