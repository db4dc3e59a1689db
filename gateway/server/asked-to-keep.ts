import type { MessageId, PeerKey } from '../../shared/ids.ts';

interface Request {
  readonly sender: PeerKey;
  readonly recipient: PeerKey;
  readonly id: MessageId;
}

/** What the newest turn was asked to keep. Before its commit nobody knows whether that is kept. */
export class AskedToKeep {
  readonly #requests = new Set<Request>();
  #turnMs = Number.NEGATIVE_INFINITY;

  /** `nowMs` tells turns apart: all that comes in one turn has one time. */
  add(nowMs: number, request: Request): void {
    if (nowMs !== this.#turnMs) this.#requests.clear();
    this.#turnMs = nowMs;
    this.#requests.add(request);
  }

  /** After a fault in the turn of this time: what is not kept after all, each once. */
  takeUnkept(nowMs: number, isKept: (request: Request) => boolean): Request[] {
    if (nowMs !== this.#turnMs) return [];
    const unkept = [...this.#requests].filter((request) => !isKept(request));
    for (const request of unkept) this.#requests.delete(request);
    return unkept;
  }
}
