import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { roomConversation } from '../../shared/conversation.ts';
import { newMessageId, roomIdFromBytes, type MessageId, type RoomId } from '../../shared/ids.ts';
import type { ChatMessage } from '../../shared/message.ts';
import { RefusedError, type ScriptedUser } from './scripted-user.ts';

/** Far above a restart and every back-off of a room. An entry that is missing by then is lost. */
const settleTimeoutMs = 120_000;
const settlePauseMs = 200;
/** Posts of one member without an answer. */
const postsInFlight = 8;

/** A room of all users of a crash run: what they post into it, and what each of them has of it. */
export class CrashRoom {
  readonly #members: readonly ScriptedUser[];
  /** Undefined before the first round, and after the server got another key: then it has no such room. */
  #room: RoomId | undefined;
  #rooms = 0;
  #wasRestored = false;
  readonly #posted: MessageId[] = [];
  /** How many of them earlier rounds have verified. */
  #verified = 0;

  constructor(members: readonly ScriptedUser[]) {
    this.#members = members;
  }

  /** Makes sure that there is a room, and that each user is a member and knows it. */
  async open(): Promise<void> {
    if (this.#room !== undefined) return;
    const room = roomIdFromBytes(randomBytes(16));
    const [owner, ...others] = this.#members;
    await owner?.createRoom(newId(), room, `crash-${++this.#rooms}`);
    await this.#settle('the owner has no room', async () => (await owner?.roomMembers(room)) === 1);
    for (const one of others) await one.joinRoom(newId(), room);
    await this.#settle('a user is no member', async () => {
      const counts = await Promise.all(this.#members.map((one) => one.roomMembers(room)));
      return counts.every((count) => count === this.#members.length);
    });
    this.#room = room;
  }

  /** Posts this many messages of each member, a bounded number at a time. */
  async postAll(round: number, count: number, onAnswer: () => void): Promise<void> {
    const room = this.#room;
    if (room === undefined) return;
    await Promise.all(this.#members.map((one) => this.#postAllOf(one, room, { round, count, onAnswer })));
  }

  /** The server got another key. It has no part in the room. */
  abandon(): void {
    this.#room = undefined;
    this.#posted.length = 0;
    this.#verified = 0;
  }

  /** The server was restored from a backup, and members told it what it lacked. */
  handleRestored(): void {
    this.#wasRestored = true;
  }

  /**
   * Waits until each member has all messages of all rounds in one order. Throws if one is lost, doubled or forged. Returns how many are
   * verified for the first time.
   */
  async verify(): Promise<number> {
    const room = this.#room;
    if (room === undefined) return 0;
    let problem = '';
    const isSettled = async (): Promise<boolean> => {
      const logs = await Promise.all(this.#members.map((one) => one.historyOf(roomConversation(room))));
      problem = this.#problemOf(logs.map((log) => log.filter(({ content }) => content.kind === 'text')));
      return problem === '';
    };
    await this.#settle(() => problem, isSettled);
    for (const one of this.#members) {
      const findings = one.rooms.get(room)?.findings.map(({ kind }) => kind) ?? [];
      const unexpected = findings.filter((kind) => kind !== 'restored' || !this.#wasRestored);
      if (unexpected.length > 0) throw new Error(`${one.nickname} found out: ${unexpected.join()}`);
      // After a restore, a message may come to its former place again.
      const twice = [...one.shownInRooms].filter(([, times]) => times > 1);
      if (twice.length > 0 && !this.#wasRestored)
        throw new Error(
          `${one.nickname} was shown these of the room twice: ${twice.map(([place]) => place).join()}`,
        );
      one.shownInRooms.clear();
    }
    const count = this.#posted.length - this.#verified;
    this.#verified = this.#posted.length;
    return count;
  }

  async #postAllOf(
    one: ScriptedUser,
    room: RoomId,
    { round, count, onAnswer }: { round: number; count: number; onAnswer: () => void },
  ): Promise<void> {
    const inFlight = new Set<Promise<void>>();
    for (let number = 1; number <= count; number++) {
      const id = newId();
      const text = `round ${round}, ${one.nickname}'s post ${number}`;
      const posting = this.#post(one, room, id, text).then(() => {
        inFlight.delete(posting);
        onAnswer();
      });
      inFlight.add(posting);
      if (inFlight.size >= postsInFlight) await Promise.race(inFlight);
    }
    await Promise.all(inFlight);
  }

  async #post(one: ScriptedUser, room: RoomId, id: MessageId, text: string): Promise<void> {
    try {
      await one.say(id, roomConversation(room), text);
      if (room === this.#room) this.#posted.push(id);
    } catch (error) {
      const isOfOtherServer = error instanceof RefusedError && error.code === 'other-server';
      if (!isOfOtherServer || room === this.#room) throw error;
    }
  }

  /** What is missing or different in the logs of the members; empty: nothing. */
  #problemOf(logs: readonly (readonly ChatMessage[])[]): string {
    const orders = logs.map((log) => log.map(({ id }) => id));
    const problems = this.#members.flatMap((one, index) => {
      const [log = [], order = []] = [logs[index], orders[index]];
      const known = new Set(order);
      if (known.size < order.length) throw new Error(`${one.nickname} has a message of the room twice`);
      const missing = this.#posted.filter((id) => !known.has(id));
      const unsure = log.filter(({ delivery }) => delivery !== undefined && delivery.state !== 'in-room');
      const isOther = order.join() !== orders[0]?.join();
      return missing.length + unsure.length > 0 || isOther
        ? [
            `${one.nickname}: of ${this.#posted.length} posts ${missing.length} are missing, ${unsure.length} not in the room` +
              (isOther ? ', and the order is another one' : ''),
          ]
        : [];
    });
    return problems.join('; ');
  }

  async #settle(what: string | (() => string), isSettled: () => Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + settleTimeoutMs;
    while (!(await isSettled())) {
      if (performance.now() > deadlineMs)
        throw new Error(`the room has not settled: ${typeof what === 'string' ? what : what()}`);
      await delay(settlePauseMs);
    }
  }
}

function newId(): MessageId {
  return newMessageId(Date.now(), randomBytes(10));
}
