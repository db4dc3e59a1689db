import { describe, expect, it } from 'vitest';
import type { GatewayFrame } from '../../../shared/bridge/frames.ts';
import type { GatewayStatus } from '../model/gateway-status.ts';
import { messageOf, snapshotOf } from '../../../shared/model/samples.ts';
import { retryDelayMs } from './back-off.ts';
import {
  BridgeSocket,
  type OpenSocket,
  type ProofAnswer,
  type Prover,
  type ReceivedProof,
  type SocketHandlers,
} from './socket.ts';

const epoch = '00000000000000e1';
const nonce = 'N'.repeat(43);
const signature = 'S'.repeat(86);
const gatewayProof: GatewayFrame = {
  type: 'proof',
  gatewayKey: 'G'.repeat(87),
  nonce: 'M'.repeat(43),
  signature: 'T'.repeat(86),
};
const hello = { type: 'hello', version: 1, nonce };

/** A WebSocket of the test, and a clock that only the test moves. */
class Wire {
  readonly sockets: FakeSocket[] = [];
  readonly heard: string[] = [];
  readonly statuses: GatewayStatus[] = [];
  readonly proofs: ReceivedProof[] = [];
  /** Undefined: the check of the gateway's proof takes its time. */
  proofAnswer: ProofAnswer | undefined = { type: 'proved', signature };
  answerProof: (answer: ProofAnswer) => void = () => undefined;
  nowMs = 1_000;
  #timers: { atMs: number; callback: () => void }[] = [];

  readonly bridge: BridgeSocket;

  /** Without a prover, the way to the gateway has proved the keys. */
  constructor({ prover = this.#prover() }: { readonly prover?: Prover | null } = {}) {
    this.bridge = new BridgeSocket(
      {
        prover,
        open: (handlers) => {
          const socket = new FakeSocket(handlers);
          this.sockets.push(socket);
          return socket;
        },
        nowMs: () => this.nowMs,
        after: (delayMs, callback) => {
          const timer = { atMs: this.nowMs + delayMs, callback };
          this.#timers.push(timer);
          return () => (this.#timers = this.#timers.filter((other) => other !== timer));
        },
      },
      {
        gateway: (status) => this.statuses.push(status),
        snapshot: (_snapshot, isRestart) =>
          this.heard.push(isRestart ? 'snapshot after restart' : 'snapshot'),
        ready: () => this.heard.push('ready'),
        event: (event) =>
          this.heard.push(`event ${event.type === 'message' ? event.message.position.major : event.type}`),
        ephemeral: (event) => this.heard.push(`ephemeral ${event.type}`),
        answer: (id, answer) => this.heard.push(`answer ${id} ${answer.status}`),
        protocolError: () => this.heard.push('protocol-error'),
        neverGreeted: () => this.heard.push('never-greeted'),
        notAdmitted: () => this.heard.push('not-admitted'),
        stranger: () => this.heard.push('stranger'),
      },
    );
  }

  #prover(): Prover {
    return {
      newNonce: () => nonce,
      answer: (proof, then) => {
        this.proofs.push(proof);
        this.answerProof = then;
        if (this.proofAnswer !== undefined) then(this.proofAnswer);
      },
    };
  }

  get last(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const next = this.#timers.toSorted((one, other) => one.atMs - other.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.nowMs = next.atMs;
      next.callback();
    }
    this.nowMs = untilMs;
  }

  /** Connects and is greeted with a snapshot at `number`. */
  greet(number = 0): void {
    this.last.handlers.opened();
    this.last.say(gatewayProof);
    this.last.say({ type: 'snapshot', cursor: { epoch, number }, snapshot: snapshotOf() });
  }
}

class FakeSocket implements OpenSocket {
  readonly sent: unknown[] = [];
  closed = false;
  readonly handlers: SocketHandlers;

  constructor(handlers: SocketHandlers) {
    this.handlers = handlers;
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
  say(frame: GatewayFrame): void {
    this.handlers.received(JSON.stringify(frame));
  }
  event(number: number): void {
    const message = messageOf(number);
    this.say({
      type: 'event',
      number,
      event: { type: 'message', message, unread: 0, mentions: 0, backlog: false },
    });
  }
}

function connected(number = 0): Wire {
  const wire = new Wire();
  wire.bridge.connect();
  wire.greet(number);
  return wire;
}

describe('the greeting', () => {
  it('sends hello first, and is open only after the snapshot', () => {
    const wire = new Wire();
    wire.bridge.connect();
    expect(wire.bridge.send({ type: 'command', id: '1', command: { type: 'leave' } })).toBe(false);
    wire.greet();
    expect(wire.last.sent).toEqual([hello, { type: 'prove', signature }]);
    expect(wire.heard).toEqual(['snapshot', 'ready']);
    expect(wire.statuses).toEqual([{ status: 'open' }]);
    expect(wire.bridge.send({ type: 'command', id: '1', command: { type: 'leave' } })).toBe(true);
  });

  it('times out after 10 s', () => {
    const wire = new Wire();
    wire.bridge.connect();
    wire.last.handlers.opened();
    wire.pass(10_000);
    expect(wire.sockets[0]?.closed).toBe(true);
    expect(wire.statuses.at(-1)?.status).toBe('down');
    wire.pass(250);
    expect(wire.sockets).toHaveLength(2);
  });
});

describe('the proofs', () => {
  it('the tab sends nothing but hello before the gateway has proved its key', () => {
    const wire = new Wire();
    wire.proofAnswer = undefined;
    wire.bridge.connect();
    wire.last.handlers.opened();
    wire.last.say(gatewayProof);
    expect(wire.proofs).toEqual([
      {
        tabNonce: nonce,
        gatewayKey: 'G'.repeat(87),
        gatewayNonce: 'M'.repeat(43),
        signature: 'T'.repeat(86),
      },
    ]);
    expect(wire.bridge.send({ type: 'command', id: '1', command: { type: 'leave' } })).toBe(false);
    expect(wire.last.sent).toEqual([hello]);
    wire.answerProof({ type: 'proved', signature });
    expect(wire.last.sent).toHaveLength(2);
  });

  it.each([
    ['a snapshot', { type: 'snapshot', cursor: { epoch, number: 1 }, snapshot: snapshotOf() }],
    ['resumed', { type: 'resumed', cursor: { epoch, number: 1 } }],
    ['an answer', { type: 'answer', id: '1', answer: { status: 'done' } }],
    ['a protocol error, which would make the tab reload', { type: 'protocol-error', sentence: 'no' }],
    ['a refusal', { type: 'not-admitted' }],
  ] as const)('a program without a proof gets nothing by %s', (_what, frame) => {
    const wire = new Wire();
    wire.bridge.connect();
    wire.last.handlers.opened();
    wire.last.say(frame);
    expect(wire.heard).toEqual(['stranger']);
    expect(wire.last.sent).toEqual([hello]);
    expect(wire.last.closed).toBe(true);
  });

  it('a program with a wrong proof gets nothing, and the tab looks for its gateway again', () => {
    const wire = new Wire();
    wire.proofAnswer = { type: 'stranger' };
    wire.bridge.connect();
    wire.last.handlers.opened();
    wire.last.say(gatewayProof);
    expect(wire.heard).toEqual(['stranger']);
    expect(wire.last.sent).toEqual([hello]);
    expect(wire.last.closed).toBe(true);
    wire.proofAnswer = { type: 'proved', signature };
    wire.pass(250);
    wire.greet();
    expect(wire.statuses.at(-1)).toEqual({ status: 'open' });
  });

  it('a frame that comes while the proof is checked ends the connection', () => {
    const wire = new Wire();
    wire.proofAnswer = undefined;
    wire.bridge.connect();
    wire.greet();
    expect(wire.heard).toEqual(['stranger']);
    wire.answerProof({ type: 'proved', signature });
    expect(wire.last.sent).toEqual([hello]);
  });

  it('a browser without a key stops, and so does one that the gateway does not admit', () => {
    const wire = new Wire();
    wire.proofAnswer = { type: 'no-key' };
    wire.bridge.connect();
    wire.last.handlers.opened();
    wire.last.say(gatewayProof);
    const live = connected();
    live.last.say({ type: 'not-admitted' });
    for (const stopped of [wire, live]) {
      expect(stopped.heard.at(-1)).toBe('not-admitted');
      stopped.pass(60_000);
      expect(stopped.sockets).toHaveLength(1);
    }
  });
});

describe('a way that has proved the keys of both sides', () => {
  const enter = { type: 'enter', version: 1 };

  function opened(): Wire {
    const wire = new Wire({ prover: null });
    wire.bridge.connect();
    // The host of a guest may take as long as it wants.
    wire.pass(3_600_000);
    wire.last.handlers.opened();
    wire.last.say({ type: 'snapshot', cursor: { epoch, number: 3 }, snapshot: snapshotOf() });
    return wire;
  }

  it('needs no proof: the tab enters, and after a loss it resumes', () => {
    const wire = opened();
    expect([wire.heard, wire.last.sent]).toEqual([['snapshot', 'ready'], [enter]]);
    wire.last.handlers.closed();
    wire.pass(250);
    wire.last.handlers.opened();
    expect(wire.last.sent).toEqual([{ ...enter, cursor: { epoch, number: 3 } }]);
  });

  it('that refuses the tab is not tried again until the page asks', () => {
    const wire = opened();
    wire.last.handlers.refused();
    wire.pass(60_000);
    expect([wire.heard.at(-1), wire.sockets.length]).toEqual(['not-admitted', 1]);
    wire.bridge.connect();
    expect(wire.sockets).toHaveLength(2);
  });
});

describe('events', () => {
  it('are passed on once, whatever the gateway repeats', () => {
    const wire = connected(3);
    for (const number of [4, 4, 3, 5]) wire.last.event(number);
    expect(wire.heard).toEqual(['snapshot', 'ready', 'event 4', 'event 5']);
  });

  it('with a gap between them make the tab request a snapshot', () => {
    const wire = connected(0);
    wire.last.event(2);
    expect(wire.heard).not.toContain('event 2');
    wire.pass(250);
    wire.last.handlers.opened();
    wire.last.say(gatewayProof);
    expect(wire.last.sent).toEqual([hello, { type: 'prove', signature }]);
  });

  it('that the log has lost come as another snapshot, and continue after it', () => {
    const wire = connected(0);
    wire.last.say({ type: 'snapshot', cursor: { epoch, number: 50 }, snapshot: snapshotOf() });
    wire.last.event(51);
    expect(wire.heard).toEqual(['snapshot', 'ready', 'snapshot', 'event 51']);
  });
});

describe('a lost connection', () => {
  it('tells a gateway that has started again from one that is the same', () => {
    const wire = connected(7);
    wire.last.handlers.closed();
    wire.pass(250);
    wire.greet(20);
    wire.last.handlers.closed();
    wire.pass(250);
    wire.last.handlers.opened();
    wire.last.say(gatewayProof);
    const cursor = { epoch: '00000000000000e2', number: 0 };
    wire.last.say({ type: 'snapshot', cursor, snapshot: snapshotOf() });
    expect(wire.heard).toEqual(['snapshot', 'ready', 'snapshot', 'ready', 'snapshot after restart', 'ready']);
  });

  it('resumes after the last event', () => {
    const wire = connected(7);
    wire.last.event(8);
    wire.last.handlers.closed();
    wire.pass(250);
    wire.last.handlers.opened();
    wire.last.say(gatewayProof);
    expect(wire.last.sent).toEqual([hello, { type: 'prove', signature, cursor: { epoch, number: 8 } }]);
    wire.last.say({ type: 'resumed', cursor: { epoch, number: 8 } });
    wire.last.event(9);
    expect(wire.heard).toEqual(['snapshot', 'ready', 'event 8', 'ready', 'event 9']);
  });

  it('is retried after 0.25 s, with growing delays of at most 5 s', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 1_000].map(retryDelayMs)).toEqual([
      250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000,
    ]);
    const wire = connected();
    for (const delayMs of [250, 500, 1_000]) {
      const before = wire.sockets.length;
      wire.last.handlers.closed();
      wire.pass(delayMs - 1);
      expect(wire.sockets).toHaveLength(before);
      wire.pass(1);
      expect(wire.sockets).toHaveLength(before + 1);
    }
  });

  it('retries after 0.25 s again once the gateway has greeted', () => {
    const wire = connected();
    wire.last.handlers.closed();
    wire.pass(250);
    wire.last.handlers.closed();
    wire.pass(500);
    wire.greet();
    wire.last.handlers.closed();
    expect(wire.statuses.at(-1)).toMatchObject({ status: 'down', nextAttemptAtMs: wire.nowMs + 250 });
  });

  it('reports since when, and the next try unless a try is running', () => {
    const wire = connected();
    wire.pass(60_000);
    const sinceMs = wire.nowMs;
    wire.last.handlers.closed();
    expect(wire.statuses.at(-1)).toEqual({ status: 'down', sinceMs, nextAttemptAtMs: sinceMs + 250 });
    wire.pass(250);
    expect(wire.statuses.at(-1)).toEqual({ status: 'down', sinceMs, nextAttemptAtMs: null });
    wire.last.handlers.closed();
    expect(wire.statuses.at(-1)).toEqual({ status: 'down', sinceMs, nextAttemptAtMs: wire.nowMs + 500 });
  });

  it('is retried once, immediately, when the page asks', () => {
    const wire = connected();
    wire.last.handlers.closed();
    wire.bridge.connect();
    wire.bridge.connect();
    expect(wire.sockets).toHaveLength(2);
    wire.pass(5_000);
    expect(wire.sockets).toHaveLength(2);
  });

  it('before the first greeting is reported, because the cookie may be the cause', () => {
    const wire = new Wire();
    wire.bridge.connect();
    wire.last.handlers.closed();
    expect(wire.heard).toEqual(['never-greeted']);
  });

  it('ignores late frames of an abandoned connection', () => {
    const wire = connected();
    const old = wire.last;
    old.handlers.closed();
    wire.pass(250);
    wire.greet(20);
    old.event(21);
    old.handlers.closed();
    expect(wire.heard).not.toContain('event 21');
    expect(wire.statuses.at(-1)?.status).toBe('open');
  });
});

describe('a frame outside the contract', () => {
  it.each(['{', '[]', '{"type":"event","number":1}', '{"type":"other"}', 7, null])(
    '%j stops the tab',
    (data) => {
      const wire = connected();
      wire.last.handlers.received(data);
      expect(wire.heard.at(-1)).toBe('protocol-error');
      expect(wire.last.closed).toBe(true);
      wire.pass(60_000);
      expect(wire.sockets).toHaveLength(1);
    },
  );

  it('a protocol error of the gateway is reported too', () => {
    const wire = connected();
    wire.last.say({ type: 'protocol-error', sentence: 'no' });
    expect(wire.heard.at(-1)).toBe('protocol-error');
  });
});
