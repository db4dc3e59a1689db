import { parseRoute, type Route } from '../model/route.ts';

/** The address bar as a route: back and forward work, a reload stays where it was (UI 8). */
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

  /** Takes the secret out of the address, so that it is neither bookmarked nor copied to anybody. */
  dropHash(): void {
    history.replaceState(history.state, '', location.pathname + location.search);
  }
}
