import type { NamesResult } from '../../shared/bridge/administration.ts';
import type { Moment } from '../../shared/moment.ts';
import { defaultQuotas, type Quotas } from '../../shared/quotas.ts';
import type { ServerStore } from '../store/server-store.ts';
import type { RegistrationService } from './registration-service.ts';
import type { Registry } from './registry.ts';

/** What the operator of a server sees and does; to be called inside a turn. */
export class ServerAdmin {
  readonly #store: ServerStore;
  readonly #registry: Registry;
  readonly #registrations: RegistrationService;

  constructor(store: ServerStore, registry: Registry, registrations: RegistrationService) {
    this.#store = store;
    this.#registry = registry;
    this.#registrations = registrations;
  }

  /** Returns the first `limit` names that contain `part`, in upper or lower case. */
  names(part = '', limit = Number.POSITIVE_INFINITY): NamesResult {
    const wanted = part.toLowerCase();
    const matching = Array.from(this.#registry.all())
      .filter(({ nickname }) => nickname.toLowerCase().includes(wanted))
      .toSorted((one, other) => (one.nickname < other.nickname ? -1 : 1));
    const names = matching.slice(0, limit).map(({ key, nickname, presence }) => ({
      nickname,
      online: presence.state === 'online',
      waiting: this.#store.mailboxes.count(key),
    }));
    return { names, matching: matching.length };
  }

  /** PROTOCOL 6.21: takes a nickname from its owner. Returns false if it has no owner. */
  release(now: Moment, nickname: string): boolean {
    const owner = this.#registry.ownerOf(nickname);
    if (owner === undefined) return false;
    this.#registrations.evict(now, owner);
    return true;
  }

  get quotas(): Quotas {
    return this.#store.facts.get().quotas ?? defaultQuotas;
  }

  setQuotas(quotas: Quotas): void {
    this.#store.facts.set({ quotas });
  }
}
