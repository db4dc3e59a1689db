import { describe, expect, it } from 'vitest';
import { untoldSide, type CheckReport, type OtherSide } from '../../shared/check/connection-check.ts';
import { checkIdFromBytes, parsePeerKey, type PeerKey } from '../../shared/ids.ts';
import type { CheckQuestion } from '../client/connections/peer-checks.ts';
import { ConnectionChecks } from './connection-checks.ts';
import { EphemeralSubscription } from './ephemeral-subscription.ts';
import type { CheckedClient } from './answered-checks.ts';
import type { CheckListeners, CheckRequest } from './ports.ts';

const bob = keyOf('b2');
const check = checkIdFromBytes(new Uint8Array(8));
const address = { host: '192.168.1.7', port: 50_000 };
const report: CheckReport = {
  phase: 'running',
  attempts: [],
  machine: { networks: [], firewall: null, hasVpn: false },
  otherSide: untoldSide('not-asked'),
  findings: [],
  causes: [],
};

function keyOf(digits: string): PeerKey {
  const key = parsePeerKey(digits.repeat(32));
  if (key === undefined) throw new Error('not a key');
  return key;
}

interface Place {
  isBlocked?: boolean;
  isFresh?: boolean;
  question?: CheckQuestion;
}

/** A gateway with checks that a test drives. */
function lab({ isBlocked = false, isFresh = true, question = { type: 'asked', check } }: Place = {}) {
  const requests: CheckRequest[] = [];
  const stopped: CheckRequest[] = [];
  const listeners: CheckListeners[] = [];
  const told: OtherSide[] = [];
  let timeout: () => void = () => undefined;
  let nowMs = 0;
  const client = {
    placeOfServer: () => ({ addresses: [address], key: bob }),
    placeOf: (peer: PeerKey) =>
      peer !== bob || isBlocked ? null : { seen: [address], claims: [], connectedAt: null },
    lookUp: () => !isFresh,
    askOtherSide: () => question,
  };
  const running = {
    client,
    command: (run: (role: typeof client, now: unknown) => unknown) => run(client, {}),
  } as never as CheckedClient;
  const lab = {
    requests,
    stopped,
    told,
    tell: (index: number, report: CheckReport) => listeners[index]?.onReport(report),
    open: (index: number) => listeners[index]?.onOpen?.([40_000]),
    timeout: () => timeout(),
    wait: (ms: number) => (nowMs += ms),
    client: running as CheckedClient | null,
  };
  const checks = new ConnectionChecks({
    runtime: {
      resolveAddress: () => Promise.resolve({ addresses: [address], name: null }),
      startCheck: (request, listener) => {
        requests.push(request);
        listeners.push(listener);
        return {
          tellOtherSide: (otherSide) => void told.push(otherSide),
          stop: () => void stopped.push(request),
        };
      },
    },
    client: () => lab.client,
    nowMs: () => nowMs,
    after: (_waitMs, callback) => {
      timeout = callback;
      return () => undefined;
    },
    onFault: (error) => {
      throw error;
    },
  });
  return { ...lab, checks, leave: () => (lab.client = null) };
}

const newSubscription = (): EphemeralSubscription => new EphemeralSubscription(() => undefined);

describe('ConnectionChecks', () => {
  it('checks the server of the chat at its addresses, and passes each report on', async () => {
    const { checks, requests, tell } = lab();
    const subscription = newSubscription();
    expect(await checks.start(subscription, { type: 'server' })).toEqual({ status: 'done' });
    expect(requests).toMatchObject([
      {
        targets: [{ address, channel: 'server' }],
        expected: { role: 'server', named: { type: 'whole', key: bob } },
      },
    ]);
    tell(0, report);
    expect(subscription.take()).toEqual({ type: 'connection-check', target: { type: 'server' }, report });
  });

  it('ends the earlier check of a frontend with a new one, and the last one with the frontend', async () => {
    const { checks, requests, stopped, tell } = lab();
    const subscription = newSubscription();
    await checks.start(subscription, { type: 'server' });
    await checks.start(subscription, { type: 'person', peer: bob });
    expect(stopped).toEqual(requests.slice(0, 1));
    tell(0, report);
    expect(subscription.take()).toBeUndefined();
    checks.forget(subscription);
    expect(stopped).toEqual(requests);
  });

  it('waits for the place of a person until the server has told it, or for a while', async () => {
    const { checks, requests, timeout } = lab({ isFresh: false });
    const first = checks.start(newSubscription(), { type: 'person', peer: bob });
    const second = checks.start(newSubscription(), { type: 'person', peer: bob });
    checks.handleNews({ type: 'check-news', news: { type: 'located', peer: bob } });
    await Promise.all([first, second]);
    expect(requests).toHaveLength(2);
    const third = checks.start(newSubscription(), { type: 'person', peer: bob });
    timeout();
    await third;
    expect(requests).toHaveLength(3);
  });

  it('refuses people that are unknown or blocked, and all people and servers without a chat', async () => {
    const { checks, leave } = lab();
    const unknown = { type: 'person', peer: keyOf('c3') } as const;
    expect(await checks.start(newSubscription(), unknown)).toMatchObject({ code: 'unknown-recipient' });
    const blocked = lab({ isBlocked: true }).checks;
    const subject = { type: 'person', peer: bob } as const;
    expect(await blocked.start(newSubscription(), subject)).toMatchObject({ code: 'unknown-recipient' });
    leave();
    expect(await checks.start(newSubscription(), { type: 'server' })).toMatchObject({ code: 'not-joined' });
    expect(await checks.start(newSubscription(), subject)).toMatchObject({ code: 'not-joined' });
  });

  it('checks a typed address without a chat, and refuses a text that is not an address', async () => {
    const { checks, requests, leave } = lab();
    leave();
    const typed = { type: 'address', server: { address: '192.168.1.7' } } as const;
    expect(await checks.start(newSubscription(), typed)).toEqual({ status: 'done' });
    expect(requests).toMatchObject([{ targets: [{ address, channel: 'typed' }] }]);
    const wrong = { type: 'address', server: { address: '192.168.1' } } as const;
    expect(await checks.start(newSubscription(), wrong)).toMatchObject({ status: 'refused' });
  });

  it('asks the person what the other side sees, once the check has its ports, and tells the check', async () => {
    const { checks, requests, open, told, tell } = lab();
    await checks.start(newSubscription(), { type: 'server' });
    await checks.start(newSubscription(), { type: 'person', peer: bob });
    expect(requests.map(({ asksOtherSide }) => asksOtherSide)).toEqual([false, true]);
    open(0);
    open(1);
    const news = { type: 'told', check, otherSide: untoldSide('silent') } as const;
    checks.handleNews({ type: 'check-news', news });
    checks.handleNews({ type: 'check-news', news });
    expect(told).toEqual([untoldSide('silent')]);
    await checks.start(newSubscription(), { type: 'person', peer: bob });
    open(2);
    tell(2, { ...report, phase: 'over' });
    checks.handleNews({ type: 'check-news', news });
    expect(told).toHaveLength(1);
  });

  it.each(['no-path', 'does-not-say'] as const)('tells the check at once: %s', async (type) => {
    const { checks, open, told } = lab({ question: { type } });
    await checks.start(newSubscription(), { type: 'person', peer: bob });
    open(0);
    expect(told).toEqual([untoldSide(type)]);
  });

  it('starts five checks at once, and then one in 2 s', async () => {
    const { checks, wait } = lab();
    const start = () => checks.start(newSubscription(), { type: 'server' });
    for (let index = 0; index < 5; index++) expect(await start()).toEqual({ status: 'done' });
    expect(await start()).toMatchObject({ code: 'too-often' });
    wait(2_000);
    expect(await start()).toEqual({ status: 'done' });
  });
});
