import type { Places } from '../app/page-way.ts';
import { contactsPath, parseRoute, type Route } from '../model/paths.ts';

/**
 * Where the guest is in the app. The paths have names, which the history of the browser would keep. So they stay in the memory of this page, and
 * the history has only their numbers: back and forward work, and a page that is loaded again begins at the list.
 */
export class GuestPlaces implements Places {
  readonly #paths: string[] = [contactsPath];
  #at = 0;
  #route = $state.raw<Route>(parseRoute(contactsPath));

  constructor() {
    this.#write('replaceState', location.hash);
    window.addEventListener('popstate', ({ state }: PopStateEvent) => {
      this.#at = numberIn(state);
      this.#route = parseRoute(this.#paths[this.#at] ?? contactsPath);
    });
  }

  get route(): Route {
    return this.#route;
  }

  go(path: string): void {
    if (path !== this.#paths[this.#at]) {
      this.#at += 1;
      this.#paths.splice(this.#at, this.#paths.length, path);
      this.#write('pushState', '');
    }
    this.#route = parseRoute(path);
  }

  /** Removes the link from the address bar. */
  dropHash(): void {
    this.#write('replaceState', '');
  }

  #write(how: 'pushState' | 'replaceState', hash: string): void {
    history[how]({ place: this.#at }, '', `/${hash}`);
  }
}

/** The number in a state of the history. */
function numberIn(state: unknown): number {
  if (typeof state !== 'object' || state === null || !('place' in state)) return 0;
  return typeof state.place === 'number' ? state.place : 0;
}
