import type { NamesResult } from '../../shared/bridge/administration.ts';
import type { Moment } from '../../shared/moment.ts';
import { defaultQuotas, type Quotas } from '../../shared/quotas.ts';
import type { ServerStore } from '../store/server-store.ts';
import type { Registrant, Registry } from './registry.ts';

export interface ServerAdminServiceOptions {
  readonly store: ServerStore;
  /** Asked each time anew: after a fault it is another one. */
  readonly registry: () => Registry;
  /** The owner of a name hears that it is released, goes offline, and is forgotten. */
  readonly evict: (now: Moment, owner: Registrant) => void;
}

/** What the operator of a server sees and does; to be called inside a turn. */
export class ServerAdminService {
  readonly #options: ServerAdminServiceOptions;

  constructor(options: ServerAdminServiceOptions) {
    this.#options = options;
  }

  /** The first `limit` names that contain `part`, in any case. */
  names(part = '', limit = Number.POSITIVE_INFINITY): NamesResult {
    const { store, registry } = this.#options;
    const wanted = part.toLowerCase();
    const matching = Array.from(registry().everybody())
      .filter(({ nickname }) => nickname.toLowerCase().includes(wanted))
      .toSorted((one, other) => (one.nickname < other.nickname ? -1 : 1));
    const names = matching.slice(0, limit).map(({ key, nickname, presence }) => ({
      nickname,
      online: presence.state === 'online',
      waiting: store.mailboxes.count(key),
    }));
    return { names, matching: matching.length };
  }

  /** PROTOCOL 6.21: takes a nickname from its owner; false if nobody has it. */
  release(now: Moment, nickname: string): boolean {
    const owner = this.#options.registry().ownerOf(nickname);
    if (owner === undefined) return false;
    this.#options.evict(now, owner);
    return true;
  }

  get quotas(): Quotas {
    return this.#options.store.facts.get().quotas ?? defaultQuotas;
  }

  setQuotas(quotas: Quotas): void {
    this.#options.store.facts.set({ quotas });
  }
}
