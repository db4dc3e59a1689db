import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { HashPart } from '../../../shared/files/tree.ts';
import { stoppedRequestsMax } from '../../../shared/limits.ts';

/** A `file-get` of this client, until all that it may bring has come. */
export interface OpenRequest {
  readonly number: number;
  readonly peer: PeerKey;
  readonly of: MessageId;
  /** The part of the piece layer that it asks for; null where it asks for pieces. */
  readonly part: HashPart | null;
  /** The pieces that have not come whole, in the order in which they come. */
  readonly pieces: number[];
  /** The hashes of the leaves of the first of them, once they are here. */
  leafHashes: Uint8Array | null;
  readonly leaves: Uint8Array[];
  /** How many messages may still come. */
  credit: number;
  /** Nothing of it is wanted any longer, though some of it may be on its way. */
  isStopped: boolean;
}

/** The requests of this client to authors. What comes without one is not asked for. */
export class PieceRequests {
  readonly #byPeer = new Map<PeerKey, Map<number, OpenRequest>>();
  #last = 0;

  open(asked: Pick<OpenRequest, 'peer' | 'of' | 'part' | 'pieces' | 'credit'>): OpenRequest {
    const request: OpenRequest = {
      ...asked,
      number: ++this.#last,
      leafHashes: null,
      leaves: [],
      isStopped: false,
    };
    const requests = this.#byPeer.get(asked.peer) ?? new Map<number, OpenRequest>();
    this.#byPeer.set(asked.peer, requests);
    requests.set(request.number, request);
    return request;
  }

  /** Takes one message of an answer. Undefined: it was not asked for. */
  take(peer: PeerKey, number: number): OpenRequest | undefined {
    const requests = this.#byPeer.get(peer);
    const request = requests?.get(number);
    if (requests === undefined || request === undefined) return undefined;
    request.credit--;
    if (request.credit <= 0) this.#delete(request);
    return request;
  }

  find(peer: PeerKey, number: number): OpenRequest | undefined {
    const request = this.#byPeer.get(peer)?.get(number);
    return request?.isStopped === true ? undefined : request;
  }

  /** What is on its way of this request comes for nothing, within its credit. */
  stop(request: OpenRequest): void {
    request.isStopped = true;
    request.pieces.length = 0;
    request.leaves.length = 0;
    const stopped = [...(this.#byPeer.get(request.peer)?.values() ?? [])].filter((each) => each.isStopped);
    const [oldest] = stopped;
    if (stopped.length > stoppedRequestsMax && oldest !== undefined) this.#delete(oldest);
  }

  /** The requests for this file, without those that were stopped. */
  openFor(of: MessageId, peer: PeerKey): OpenRequest[] {
    return [...(this.#byPeer.get(peer)?.values() ?? [])].filter((each) => each.of === of && !each.isStopped);
  }

  /** The connection on which these requests were made is gone. */
  forget(peer: PeerKey): void {
    this.#byPeer.delete(peer);
  }

  #delete({ peer, number }: OpenRequest): void {
    const requests = this.#byPeer.get(peer);
    requests?.delete(number);
    if (requests?.size === 0) this.#byPeer.delete(peer);
  }
}
