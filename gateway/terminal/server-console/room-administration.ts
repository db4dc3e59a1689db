import type { ServerRoom } from '../../../shared/bridge/administration.ts';
import type { CommandOf } from '../../../shared/bridge/commands.ts';
import { errors } from '../../../shared/errors.ts';
import { nicknameComparisonKey } from '../../../shared/nickname.ts';
import { serverRoomLines } from '../prompt/room-lines.ts';
import { executed, type CommandArguments, type Executor, type Lines } from '../prompt/prompt-command.ts';
import { safeLine } from '../text/safe-text.ts';

/** What an operator does with the rooms of the server. */

export async function serverRooms(executor: Executor): Promise<Lines> {
  const answer = await executor.execute({ type: 'server-rooms' });
  return answer.status === 'refused' ? [answer.sentence] : serverRoomLines(answer.result.rooms);
}

export async function endRoom(executor: Executor, { room: typed }: CommandArguments): Promise<Lines> {
  const found = await roomCalled(executor, typed);
  if ('refusal' in found) return [found.refusal];
  if (found.access === 'everyone') return [errors['not-in-everyone'].sentence];
  if (found.ended === 'closed') return [`#${safeLine(found.name)} has ended already.`];
  return executed(executor, { type: 'close-room', room: found.room }, [
    `#${safeLine(found.name)} has ended. Its members keep what they have, and no one can post there.`,
  ]);
}

export async function ownerByNickname(
  executor: Executor,
  { room, nickname }: CommandArguments,
): Promise<Lines> {
  const found = await roomCalled(executor, room);
  if ('refusal' in found) return [found.refusal];
  return namedOwner(executor, found, { type: 'nickname', nickname });
}

export function namedOwner(
  executor: Executor,
  { room, name }: Pick<ServerRoom, 'room' | 'name'>,
  owner: CommandOf<'name-room-owner'>['owner'],
): Promise<Lines> {
  const person = owner.type === 'nickname' ? safeLine(owner.nickname) : 'This person';
  return executed(executor, { type: 'name-room-owner', room, owner }, [
    `${person} is the only owner of #${safeLine(name)} now.`,
  ]);
}

/** A room that goes on comes before an ended one of the same name. */
async function roomCalled(
  executor: Executor,
  typed: string,
): Promise<ServerRoom | { readonly refusal: string }> {
  const answer = await executor.execute({ type: 'server-rooms' });
  if (answer.status === 'refused') return { refusal: answer.sentence };
  const wanted = nicknameComparisonKey(typed.slice(1));
  const [first] = answer.result.rooms
    .filter(({ name }) => nicknameComparisonKey(name) === wanted)
    .toSorted((one, other) => Number(one.ended === 'closed') - Number(other.ended === 'closed'));
  return first ?? { refusal: errors['no-such-room'].sentence };
}
