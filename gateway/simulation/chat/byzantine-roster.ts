import type { RosterRow, ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { serverEpochFromBytes, type PeerKey, type SigningKey } from '../../../shared/ids.ts';
import type { SeededRandom } from '../../net/seeded-random.ts';
import type { SimulatedKeys } from './simulated-keys.ts';
import type { ByzantineReplies } from './byzantine-server.ts';

/** A user that the server knows. */
interface Named {
  readonly key: PeerKey;
  readonly signingKey: SigningKey;
  readonly nickname: string;
}

/**
 * A server that sends false rosters: other keys under known nicknames, the client's own nickname and key, look-alike
 * nicknames, invented users, versions and epochs that go back or jump, endless tables, and other users' addresses.
 */
export class ByzantineRoster {
  readonly #chance: SeededRandom;
  readonly #keys: SimulatedKeys;
  readonly #clients: readonly Named[];
  readonly #rosters: ProtocolMessageOf<'roster'>[] = [];
  /** Keys without an owner. */
  readonly invented: PeerKey[] = [];

  constructor(chance: SeededRandom, keys: SimulatedKeys, clients: readonly Named[]) {
    this.#chance = chance;
    this.#keys = keys;
    this.#clients = clients;
  }

  readonly tell: ByzantineReplies = (to, message) => {
    const { length } = this.#rosters;
    switch (message.kind) {
      case 'roster':
        this.#rosters.push(structuredClone(message));
        // Sometimes the true roster, so that later ones contradict it.
        if (this.#chance.below(4) === 0) return [[to, message]];
        if (this.#chance.below(6) === 0) return [];
        return [[to, this.#forged(message)]];
      case 'location':
        return [[to, this.#elsewhere(message)]];
      case 'registered':
        return [
          [to, { ...message, ...this.#oneOf([{}, { nickname: 'mallory' }, { epoch: this.#epoch() }]) }],
        ];
      default:
        // In addition, a table that the client did not request.
        if (length === 0 || this.#chance.below(3) > 0) return [[to, message]];
        return [
          [to, this.#forged(this.#oneOf(this.#rosters))],
          [to, message],
        ];
    }
  };

  /** Invents rows of a table for users that do not exist. */
  invent(count: number): RosterRow[] {
    return Array.from({ length: count }, () => {
      const { key, signingKey } = this.#keys.invent();
      this.invented.push(key);
      const nickname = `p${this.invented.length}`;
      return {
        key,
        signingKey,
        nickname,
        online: this.#chance.below(2) === 0,
        addressRevision: 0,
        lastSeenMs: null,
        features: [],
      };
    });
  }

  #forged(roster: ProtocolMessageOf<'roster'>): ProtocolMessage {
    const chance = this.#chance;
    const rows = roster.rows.map((row) => (chance.below(2) === 0 ? row : this.#forgedRow(row)));
    const more = Array.from({ length: chance.below(4) }, () =>
      this.#forgedRow(this.#rowOf(this.#oneOf(this.#clients))),
    );
    const changes: Partial<ProtocolMessageOf<'roster'>>[] = [
      {},
      { from: 0 },
      { from: 0, last: false },
      { from: roster.to + chance.below(1_000) },
      { to: roster.to + chance.below(1_000) },
      { to: Number.MAX_SAFE_INTEGER },
      { to: 0 },
      { epoch: this.#epoch() },
      { epoch: this.#epoch(), from: 0 },
      this.#oneOf(this.#rosters),
    ];
    // Some rows appear twice, in any order.
    const forged = [...rows, ...more, ...rows.slice(0, chance.below(3))];
    // Encoding changes the object.
    return { ...roster, ...this.#oneOf(changes), rows: forged.map((row) => ({ ...row })) };
  }

  #forgedRow(row: RosterRow): RosterRow {
    const { nickname } = this.#oneOf(this.#clients);
    const other = this.#oneOf(this.#clients);
    const invented = this.#keys.invent();
    this.invented.push(invented.key);
    const changes: Partial<RosterRow>[] = [
      { nickname },
      { key: other.key, signingKey: other.signingKey },
      { key: other.key },
      { ...invented, nickname },
      { signingKey: invented.signingKey },
      { signingKey: null },
      { nickname: null },
      { nickname: `${nickname.slice(0, 1)}\u200B${nickname.slice(1)}` },
      { nickname: nickname.toUpperCase() },
      // Cyrillic letters.
      { nickname: nickname.replaceAll('a', 'а').replaceAll('o', 'о') },
      { nickname: `was-${nickname}` },
      { online: !row.online },
      { addressRevision: this.#oneOf([0, row.addressRevision + 1, Number.MAX_SAFE_INTEGER]) },
      ...this.invent(1),
    ];
    return { ...row, ...this.#oneOf(changes) };
  }

  #elsewhere(message: ProtocolMessageOf<'location'>): ProtocolMessage {
    const host = (): string => `10.0.0.${1 + this.#chance.below(20)}:${49_152 + this.#chance.below(2)}`;
    const changes: Partial<ProtocolMessageOf<'location'>>[] = [
      {},
      { candidates: [] },
      { candidates: [host(), host(), host()] },
      { candidates: ['255.255.255.255:9', '127.0.0.1:50000', 'nowhere'] },
      { key: this.#oneOf(this.#clients).key },
      { addressRevision: Number.MAX_SAFE_INTEGER, candidates: [host()] },
    ];
    return { ...message, ...this.#oneOf(changes) };
  }

  #rowOf({ key, signingKey, nickname }: Named): RosterRow {
    return { key, signingKey, nickname, online: true, addressRevision: 0, lastSeenMs: null, features: [] };
  }

  #epoch(): ProtocolMessageOf<'roster'>['epoch'] {
    return serverEpochFromBytes(this.#chance.bytes(8));
  }

  #oneOf<One>(list: readonly One[]): One {
    const one = list[this.#chance.below(list.length)];
    if (one === undefined) throw new RangeError('nothing to choose from');
    return one;
  }
}
