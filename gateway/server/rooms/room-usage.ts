import type { PeerKey, RoomId } from '../../../shared/ids.ts';
import type { RoomRecord } from '../../store/server-store.ts';

type Sized = Pick<RoomRecord, 'room' | 'creator' | 'bytes'>;

/** How many bytes the rooms of each key take on the disk of the server. `#everyone` is a room of the server's key. */
export class RoomUsage {
  readonly #rooms = new Map<RoomId, Sized>();
  readonly #ofKey = new Map<PeerKey, number>();
  #total = 0;

  constructor(records: Iterable<Sized>) {
    for (const record of records) this.put(record);
  }

  get total(): number {
    return this.#total;
  }

  /** Counts the room as it is now. */
  put({ room, creator, bytes }: Sized): void {
    this.remove(room);
    this.#rooms.set(room, { room, creator, bytes });
    this.#add(creator, bytes);
  }

  remove(room: RoomId): void {
    const before = this.#rooms.get(room);
    if (before === undefined) return;
    this.#rooms.delete(room);
    this.#add(before.creator, -before.bytes);
  }

  /** Whether the rooms of this key take an equal share of these bytes, or more. */
  hasShare(key: PeerKey, bytes: number): boolean {
    const used = this.#ofKey.get(key) ?? 0;
    const keys = this.#ofKey.size + (this.#ofKey.has(key) ? 0 : 1);
    return used >= bytes / keys;
  }

  /** Returns the largest room of the key with most bytes. */
  largest(): RoomId | undefined {
    let most: PeerKey | undefined;
    for (const [key, bytes] of this.#ofKey)
      if (most === undefined || bytes > (this.#ofKey.get(most) ?? 0)) most = key;
    let largest: Sized | undefined;
    for (const room of this.#rooms.values())
      if (room.creator === most && room.bytes > (largest?.bytes ?? -1)) largest = room;
    return largest?.room;
  }

  #add(key: PeerKey, bytes: number): void {
    this.#total += bytes;
    const used = (this.#ofKey.get(key) ?? 0) + bytes;
    if (used > 0) this.#ofKey.set(key, used);
    else this.#ofKey.delete(key);
  }
}
