import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { openPlacesMax } from '../../shared/limits.ts';

/** A browser that has not come by then begins with the list of conversations. */
export const openPlaceLifeMs = 60_000;

/**
 * Places of the app for browsers that another program opens. The address has 128 random bits in place of the conversation: the address
 * is an argument of a process, and other accounts can list those.
 */
export class OpenPlaces {
  readonly #nowMs: () => number;
  /** The oldest first. */
  readonly #places = new Map<string, { readonly path: string; readonly expiresAtMs: number }>();

  /** `nowMs` is a clock that never goes back. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Returns a path that leads to this one for a minute. */
  add(path: string): string {
    if (this.#places.size >= openPlacesMax)
      for (const oldest of [...this.#places.keys()].slice(0, 1)) this.#places.delete(oldest);
    const name = randomBytes(16).toString('hex');
    this.#places.set(name, { path, expiresAtMs: this.#nowMs() + openPlaceLifeMs });
    return `open/${name}`;
  }

  /** Returns the path, which is that of the list of conversations for an unknown name. */
  find(name: string): string {
    const place = this.#places.get(name);
    return place === undefined || place.expiresAtMs <= this.#nowMs() ? '/' : place.path;
  }
}

/** Adds `/open/<name>`. It leads to a page of the app, which asks for the access of the browser as every page does. */
export function addOpenRoute(app: FastifyInstance, places: OpenPlaces): void {
  app.get<{ Params: { name: string } }>('/open/:name', (request, reply) =>
    reply.header('cache-control', 'no-store').redirect(places.find(request.params.name)),
  );
}
