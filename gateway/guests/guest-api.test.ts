import { describe, expect, it } from 'vitest';
import {
  commands,
  commandTypes,
  isForGuests,
  type Command,
  type Execution,
} from '../../shared/bridge/commands.ts';
import { refused } from '../../shared/command-result.ts';
import { directConversation } from '../../shared/conversation.ts';
import { contentBytesMax, guestWriteRate } from '../../shared/limits.ts';
import { idOf, keyOf } from '../../shared/model/samples.ts';
import { ScriptedGateway } from '../terminal/frontend/scripted-gateway.ts';
import { TokenBucket } from '../transport/fair-rate.ts';
import { GuestApi } from './guest-api.ts';

const server = { address: '127.0.0.1:50000', key: 'k7q2-m4xd-9f3a-t6nz' };

let nowMs = 0;

function guestOf(gateway: ScriptedGateway, leave = (): void => undefined): GuestApi {
  return new GuestApi(gateway, {
    join: () => ({ server, joinCode: '9f3a-t6nz-k7q2-m4xd' }),
    leave,
    joined: () => undefined,
    written: new TokenBucket(guestWriteRate),
    nowMs: () => nowMs,
  });
}

describe('a guest', () => {
  it('is refused each command that is not for guests, and the role of the guest never sees it', async () => {
    const gateway = new ScriptedGateway();
    const guest = guestOf(gateway);
    const refusedTypes = commandTypes.filter((type) => !isForGuests(type));
    for (const type of refusedTypes) {
      const answer = await guest.execute(`id of ${type}`, { type } as Command);
      expect(answer, type).toMatchObject({ status: 'refused', code: 'not-for-guests' });
    }
    expect(gateway.commands).toEqual([]);
    expect(refusedTypes.length).toBeGreaterThan(20);
  });

  it('gives no command that asks or changes a server, the computer or its browsers', () => {
    const ofOthers: readonly Execution[] = [
      'server-query',
      'server-change',
      'gateway-query',
      'gateway-change',
    ];
    for (const type of commandTypes)
      if (ofOthers.includes(commands[type].execution)) expect(isForGuests(type), type).toBe(false);
    for (const type of ['host', 'switch-chat', 'wipe', 'accept-server-key', 'room-create', 'check'] as const)
      expect(isForGuests(type), type).toBe(false);
  });

  it('is told that the disk which refuses is that of the host', async () => {
    const gateway = new ScriptedGateway();
    gateway.answer = () => refused('storage-failed');
    const guest = guestOf(gateway);
    const join = { type: 'join', nickname: 'zoe', server: { address: 'any' } } as const;
    for (const command of [join, { type: 'register' } as const])
      expect(await guest.execute(command.type, command)).toMatchObject({ code: 'host-storage-failed' });
  });

  it('joins the chat of the host, whatever server, code or port its page names', async () => {
    const gateway = new ScriptedGateway();
    await guestOf(gateway).execute('join', {
      type: 'join',
      nickname: 'zoe',
      server: { address: '203.0.113.9:1' },
      joinCode: 'aaaa-aaaa-aaaa-aaaa',
      clientPort: 53,
      keepTrying: true,
    });
    expect(gateway.commands.map(({ command }) => command)).toEqual([
      { type: 'join', nickname: 'zoe', server, joinCode: '9f3a-t6nz-k7q2-m4xd', keepTrying: false },
    ]);
  });

  it('gives every other command as it is, and gets its answer', async () => {
    const gateway = new ScriptedGateway();
    gateway.answer = () => ({ status: 'done' });
    const command: Command = { type: 'register' };
    expect(await guestOf(gateway).execute('1', command)).toEqual({ status: 'done' });
    expect(gateway.commands).toEqual([{ id: '1', command }]);
  });

  it('who leaves is forgotten, and does not only close the chat', async () => {
    const gateway = new ScriptedGateway();
    let isLeft = false;
    const guest = guestOf(gateway, () => (isLeft = true));
    expect(await guest.execute('1', { type: 'leave' })).toEqual({ status: 'done' });
    expect([isLeft, gateway.commands]).toEqual([true, []]);
  });

  it('writes so much at once and then so much a second, and reads as much as before', async () => {
    const gateway = new ScriptedGateway();
    const guest = guestOf(gateway);
    const text = 'x'.repeat(contentBytesMax);
    const content = { kind: 'text', text } as const;
    const conversation = directConversation(keyOf(1));
    const say = (number: number) =>
      guest.execute(`say ${number}`, { type: 'send', id: idOf(number), conversation, content });
    const answers = [];
    for (let number = 0; number < 1_000; number++) answers.push((await say(number)).status);
    const taken = answers.filter((status) => status === 'done').length;
    expect(answers.lastIndexOf('done')).toBe(taken - 1);
    expect(taken * contentBytesMax).toBeLessThanOrEqual(guestWriteRate.burst + contentBytesMax);
    expect(await say(1_001)).toMatchObject({ code: 'too-often', retry: true });
    for (const command of [
      { type: 'history', conversation, before: null, limit: 1 },
      { type: 'mark-read', conversation, id: idOf(1) },
    ] as const)
      expect(await guest.execute(command.type, command)).toMatchObject({ status: 'done' });
    nowMs += 60_000;
    expect(await say(1_002)).toEqual({ status: 'done' });
  });

  it('gets no export', () => {
    expect(guestOf(new ScriptedGateway()).export()).toMatchObject({ code: 'not-for-guests' });
  });
});
