import { MediaQuery } from 'svelte/reactivity';

/** The third pane, about the person or the room of the conversation. A narrower window shows the same in dialogs. */
class DetailsPane {
  readonly #wide = new MediaQuery('width >= 85rem');
  #wanted = $state.raw(true);

  /** Whether the window has room for a third pane. Where tests draw into a text, it has. */
  get fits(): boolean {
    return typeof document === 'undefined' || this.#wide.current;
  }

  get open(): boolean {
    return this.#wanted && this.fits;
  }

  toggle(): void {
    this.#wanted = !this.#wanted;
  }
}

/** One for the page: the pane stays open or closed from conversation to conversation. */
export const detailsPane = new DetailsPane();
