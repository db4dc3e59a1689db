import { done, type CommandResult } from '../../shared/command-result.ts';
import type { SettingName } from '../../shared/settings.ts';
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

  set(setting: SettingName, value: boolean): CommandResult {
    const { store, receipts, session } = this.#options;
    switch (setting) {
      case 'readReceipts':
        store.facts.set({ tellsReads: value });
        // What has not left yet is no longer told.
        if (!value) receipts.withdrawReads();
        break;
      case 'lastSeen':
        store.facts.set({ showsLastSeen: value });
        // The server hears it at once, or with the next registration.
        session.tellLastSeen(value);
        break;
      default:
        setting satisfies never;
    }
    return this.#chosen();
  }

  #chosen(): CommandResult {
    this.#options.context.emit({ type: 'settings', settings: this.settings });
    return done;
  }
}
