import type { PeerKey, RunId } from '../../shared/ids.ts';
import { namesMax } from '../../shared/limits.ts';
import { nicknameComparisonKey, parseNickname, suggestNickname } from '../../shared/nickname.ts';
import type { NameRepository } from '../store/server-store.ts';

/** One row of the client table. */
export interface Registrant {
  readonly key: PeerKey;
  readonly nickname: string;
  readonly candidates: readonly string[];
  readonly presence: Presence;
}

/**
 * `expected`: was online when the server stopped, and is being met again; for others the person is offline.
 * A registration belongs to the connection over which it came, and to the run of the gateway that said it.
 */
export type Presence =
  | { readonly state: 'offline' }
  | { readonly state: 'expected' }
  | { readonly state: 'online'; readonly registration: number; readonly run: RunId };

/** What somebody asks for with `register`. */
export interface Wish {
  readonly nickname: string;
  readonly candidates: readonly string[];
  readonly registration: number;
  readonly run: RunId;
  /** Whether the person asked for it, or the gateway comes back by itself. */
  readonly asked: boolean;
}

export type Claim =
  | { readonly type: 'granted'; readonly registrant: Registrant }
  | { readonly type: 'refused'; readonly code: 'nickname-taken'; readonly suggestion: string }
  | {
      readonly type: 'refused';
      readonly code:
        'displaced' | 'server-full' | 'nickname-empty' | 'nickname-too-long' | 'nickname-not-allowed';
      readonly suggestion: null;
    };

/** The client table: who carries which nickname, and who is online. Names are on disk, presence is not. */
export class Registry {
  readonly #names: NameRepository;
  readonly #byKey = new Map<PeerKey, Registrant>();
  readonly #byComparison = new Map<string, PeerKey>();

  /**
   * `survivor` gives the presence of who is still connected when memory is rebuilt; everybody else who was online is
   * expected back.
   */
  constructor(names: NameRepository, survivor: (key: PeerKey) => Presence | undefined = () => undefined) {
    this.#names = names;
    for (const { key, nickname, candidates, online } of names.all()) {
      const presence: Presence = online ? (survivor(key) ?? { state: 'expected' }) : { state: 'offline' };
      this.#byKey.set(key, { key, nickname, candidates, presence });
      this.#byComparison.set(nicknameComparisonKey(nickname), key);
    }
  }

  find(key: PeerKey): Registrant | undefined {
    return this.#byKey.get(key);
  }

  everybody(): Iterable<Registrant> {
    return this.#byKey.values();
  }

  isOnline(key: PeerKey): boolean {
    return this.#byKey.get(key)?.presence.state === 'online';
  }

  /** For people in sentences: the nickname, or the key's beginning where no name is known. */
  nameOf(key: PeerKey): string {
    return this.#byKey.get(key)?.nickname ?? key.slice(0, 8);
  }

  /**
   * The same key may always come back, also under another name, which frees the old one; another key's nickname
   * is refused, whether its owner is online or not (DESIGN section 4). Of two gateways with one key, the one whose
   * person asked last is online.
   */
  claim(key: PeerKey, wish: Wish): Claim {
    const { candidates, registration, run } = wish;
    const parsed = parseNickname(wish.nickname);
    if ('error' in parsed) return { type: 'refused', code: parsed.error, suggestion: null };
    if (!wish.asked && this.#isHeldByAnother(key, run))
      return { type: 'refused', code: 'displaced', suggestion: null };
    const comparison = nicknameComparisonKey(parsed.nickname);
    const owner = this.#byComparison.get(comparison);
    if (owner !== undefined && owner !== key) {
      const suggestion = suggestNickname(parsed.nickname, (candidate) => this.#byComparison.has(candidate));
      return { type: 'refused', code: 'nickname-taken', suggestion };
    }
    const former = this.#byKey.get(key);
    if (former === undefined && this.#byKey.size >= namesMax) {
      return { type: 'refused', code: 'server-full', suggestion: null };
    }
    if (former !== undefined) this.#byComparison.delete(nicknameComparisonKey(former.nickname));
    this.#byComparison.set(comparison, key);
    const registrant: Registrant = {
      key,
      nickname: parsed.nickname,
      candidates,
      presence: { state: 'online', registration, run },
    };
    this.#put(registrant);
    return { type: 'granted', registrant };
  }

  /** Somebody known is at other addresses than before; false when they are the same ones. */
  move(key: PeerKey, candidates: readonly string[]): boolean {
    const registrant = this.#byKey.get(key);
    if (registrant === undefined || registrant.candidates.join() === candidates.join()) return false;
    this.#put({ ...registrant, candidates });
    return true;
  }

  /** False when the person was offline for everyone before. */
  markOffline(key: PeerKey): boolean {
    const registrant = this.#byKey.get(key);
    if (registrant === undefined || registrant.presence.state === 'offline') return false;
    this.#put({ ...registrant, presence: { state: 'offline' } });
    return registrant.presence.state === 'online';
  }

  #isHeldByAnother(key: PeerKey, run: RunId): boolean {
    const presence = this.#byKey.get(key)?.presence;
    return presence?.state === 'online' && presence.run !== run;
  }

  #put(registrant: Registrant): void {
    this.#byKey.set(registrant.key, registrant);
    const { key, nickname, candidates, presence } = registrant;
    this.#names.put({ key, nickname, candidates, online: presence.state === 'online' });
  }
}
