import { parseRoute, type Route } from '../model/paths.ts';

/** The URL as a route: back and forward work, and a reload stays in place (UI 8). */
export class Navigation {
  #route = $state.raw<Route>(parseRoute(location.pathname));

  constructor() {
    window.addEventListener('popstate', () => (this.#route = parseRoute(location.pathname)));
  }

  get route(): Route {
    return this.#route;
  }

  go(path: string): void {
    if (path !== location.pathname) history.pushState(null, '', path);
    this.#route = parseRoute(path);
  }

  /** Removes the secret from the URL, so that users neither bookmark nor share it. */
  dropHash(): void {
    history.replaceState(history.state, '', location.pathname + location.search);
  }
}
