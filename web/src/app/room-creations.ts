import type { ErrorCode } from '../../../shared/errors.ts';
import type { RoomId } from '../../../shared/ids.ts';

interface Creation {
  readonly name: string;
  /** Whether the user has left the form without waiting for the answer. */
  readonly left: boolean;
}

/** The rooms that the server has not taken or refused yet. While it cannot be reached, that may take long. */
export class RoomCreations {
  readonly #waiting = new Map<
    RoomId,
    {
      readonly name: string;
      readonly left: AbortSignal;
      readonly resolve: (answer: RoomId | ErrorCode) => void;
    }
  >();

  begin(room: RoomId, name: string, left: AbortSignal): Promise<RoomId | ErrorCode> {
    const { promise, resolve } = Promise.withResolvers<RoomId | ErrorCode>();
    this.#waiting.set(room, { name, left, resolve });
    return promise;
  }

  /** Returns the creation that this answers; undefined where the user creates no such room. */
  answer(room: RoomId, answer: RoomId | ErrorCode): Creation | undefined {
    const waiting = this.#waiting.get(room);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(room);
    waiting.resolve(answer);
    return { name: waiting.name, left: waiting.left.aborted };
  }
}
