import type { KeyValueStorage } from '../bridge/command-storage.ts';
import { themeFrom, type ThemeChoice } from '../model/theme.ts';

const place = 'chatagram:theme';

/** The look that the user chose in this browser. `system` follows the system, also while the page is open. */
export class Theme {
  readonly #storage: KeyValueStorage;
  #choice = $state.raw<ThemeChoice>('system');

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
    this.#take();
    // Another tab has changed it.
    window.addEventListener('storage', ({ key }) => {
      if (key === place) this.#take();
    });
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  choose(choice: ThemeChoice): void {
    this.#storage.setItem(place, choice);
    this.#take();
  }

  #take(): void {
    this.#choice = themeFrom(this.#storage.getItem(place));
    // web/src/styles/tokens.css has both values of each colour.
    const { dataset } = document.documentElement;
    if (this.#choice === 'system') delete dataset['theme'];
    else dataset['theme'] = this.#choice;
  }
}
