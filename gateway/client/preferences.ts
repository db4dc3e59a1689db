import { done, type CommandResult } from '../../shared/command-result.ts';
import type { ClientStore } from '../store/client-store.ts';
import type { SettingsView } from './client-event.ts';
import type { ClientContext } from './context.ts';
import type { DeliveryReceipts } from './delivery-receipts.ts';
import type { Session } from './session.ts';

export interface PreferencesOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly receipts: DeliveryReceipts;
  readonly session: Session;
}

/** What the person here lets others know. */
export class Preferences {
  readonly #options: PreferencesOptions;

  constructor(options: PreferencesOptions) {
    this.#options = options;
  }

  get settings(): SettingsView {
    const { tellsReads, showsLastSeen } = this.#options.store.facts.get();
    return { readReceipts: tellsReads, lastSeen: showsLastSeen };
  }

  /** Off: what has not left yet is not told any more. */
  setReadReceipts(on: boolean): CommandResult {
    this.#options.store.facts.set({ tellsReads: on });
    if (!on) this.#options.receipts.withdrawReads();
    return this.#chosen();
  }

  /** Whether others may know when the person was online last. The server hears it at once, or at the next registration. */
  setLastSeen(on: boolean): CommandResult {
    this.#options.store.facts.set({ showsLastSeen: on });
    this.#options.session.tellLastSeen(on);
    return this.#chosen();
  }

  #chosen(): CommandResult {
    this.#options.context.emit({ type: 'settings', settings: this.settings });
    return done;
  }
}
