import { describe, expect, it } from 'vitest';
import { roomCommandKinds } from '../../shared/bridge/rooms.ts';
import { commands, commandTypes, type CommandOf, type CommandTypeBy } from '../../shared/bridge/commands.ts';
import { done, refused } from '../../shared/command-result.ts';
import { errors } from '../../shared/errors.ts';
import type { RoomId } from '../../shared/ids.ts';
import { bob, idOf } from '../../shared/model/samples.ts';
import { isRoomKind, ownKindSchemas } from '../../shared/rooms/content.ts';
import { roomDoorRefusals, roomRefusals } from '../../shared/rooms/refusals.ts';
import { executeInTransaction, type CommandedClient } from './execute-command.ts';

const now = { monotonicMs: 0, wallMs: 0 };
const room = '1a'.repeat(16) as RoomId;
const id = idOf(1);

/** Executes a command by a client that notes what it is to write. */
function written<T extends CommandTypeBy<'client-transaction'>>(command: CommandOf<T>) {
  const calls: unknown[] = [];
  const note = (...call: unknown[]) => {
    calls.push(call);
    return done;
  };
  const client: CommandedClient = {
    writeRoom: note,
    createRoom: note,
    write: note,
    setNotify: note,
    markRead: note,
    changeSetting: note,
    retry: note,
    discard: note,
    setClassic: note,
    setVerified: note,
    block: note,
    unblock: note,
    allow: note,
    acceptKey: note,
    refuseKey: note,
    acceptServerKey: note,
    acceptFile: note,
    declineFile: note,
    pauseFile: note,
    resumeFile: note,
    cancelFile: note,
    removeFile: note,
  };
  const answer = executeInTransaction(command.type as T, client, now, command);
  return { calls, answer };
}

describe('commands that write an entry of a room', () => {
  it('are there for each kind that users write and that only rooms have', () => {
    const kinds = Object.keys(ownKindSchemas).filter(
      (kind) => !['create', 'name-owner', 'close'].includes(kind),
    );
    expect(roomCommandKinds).toEqual(kinds);
    for (const kind of kinds) {
      expect(isRoomKind(kind)).toBe(true);
      expect(commandTypes).toContain(`room-${kind}`);
      expect(commands).toHaveProperty(`room-${kind}.execution`, 'client-transaction');
    }
  });

  it('write their fields as content', () => {
    const role = { type: 'room-role', id, room, member: bob, role: 'reader' } as const;
    expect(written(role).calls).toEqual([
      [now, room, { id, content: { kind: 'role', member: bob, role: 'reader' } }],
    ]);
    expect(written({ type: 'room-hand-over', id, room, member: bob }).calls).toEqual([
      [now, room, { id, content: { kind: 'hand-over', member: bob } }],
    ]);
    expect(written({ type: 'room-leave', id, room }).calls).toEqual([
      [now, room, { id, content: { kind: 'leave' } }],
    ]);
  });

  it('write a name as the rules for nicknames prepare it, and refuse one that they do not allow', () => {
    const named = (name: string) => written({ type: 'room-name', id, room, name });
    expect(named('la\uFF42').calls).toEqual([[now, room, { id, content: { kind: 'name', name: 'lab' } }]]);
    for (const name of ['', 'two words', '#lab', 'x'.repeat(33)])
      expect(named(name)).toEqual({ calls: [], answer: refused('room-name-not-allowed') });
    const created = (name: string) => written({ type: 'room-create', id, room, name, access: 'open' });
    expect(created('la\uFF42').calls).toEqual([[now, { id, room, name: 'lab', access: 'open' }]]);
    expect(created('#lab')).toEqual({ calls: [], answer: refused('room-name-not-allowed') });
  });
});

it('each code with which a server or a client refuses an entry has a sentence for the user', () => {
  for (const code of [...Object.keys(roomRefusals), ...Object.keys(roomDoorRefusals)])
    expect(errors).toHaveProperty(code);
});
