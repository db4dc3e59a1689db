import { done, type CommandResult } from '../../shared/command-result.ts';
import { isToldToServer, type SettingName, type Settings } from '../../shared/settings.ts';
import type { ClientStore } from '../store/client-store.ts';
import type { Session } from './connections/session.ts';
import type { ClientContext } from './context.ts';
import type { DeliveryReceipts } from './messages/delivery-receipts.ts';
import type { Typing } from './messages/typing.ts';

export interface PreferencesOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly receipts: DeliveryReceipts;
  readonly session: Session;
  readonly typing: Pick<Typing, 'forgetAll'>;
}

/** The settings that decide what others learn about the user. */
export class Preferences {
  readonly #options: PreferencesOptions;

  constructor(options: PreferencesOptions) {
    this.#options = options;
  }

  get settings(): Settings {
    return this.#options.store.facts.get().settings;
  }

  set(setting: SettingName, value: boolean): CommandResult {
    const { store, context, receipts, session, typing } = this.#options;
    store.facts.set({ settings: { ...this.settings, [setting]: value } });
    if (isToldToServer(setting)) session.tellSettings();
    // A read receipt that was not sent yet is withdrawn.
    if (setting === 'readReceipts' && !value) receipts.withdrawReads();
    if (setting === 'typing' && !value) typing.forgetAll();
    context.emit({ type: 'settings', settings: this.settings });
    return done;
  }
}
