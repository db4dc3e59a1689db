import type { PeerKey } from '../../shared/ids.ts';
import { Deadlines } from '../transport/deadlines.ts';
import type { PeerClass } from '../transport/events.ts';
import type { ServerContext } from './context.ts';

/** The time online, in all, after which a user counts as established. An attacker needs as long for each of its names. */
export const establishedAfterMs = 3_600_000;

/** Tells the endpoint how well this server knows each connected peer (PROTOCOL 7.6). */
export class PeerClasses {
  readonly #context: Pick<ServerContext, 'perform'>;
  /** When each registered user becomes established. */
  readonly #promotions = new Deadlines<PeerKey>();

  constructor(context: Pick<ServerContext, 'perform'>) {
    this.#context = context;
  }

  get dueMs(): number | undefined {
    return this.#promotions.earliest();
  }

  /** `onlineMs`: for how long the user was online in total. */
  handleRegistered(nowMs: number, peer: PeerKey, onlineMs: number): void {
    const isEstablished = onlineMs >= establishedAfterMs;
    this.#promotions.set(peer, isEstablished ? undefined : nowMs + establishedAfterMs - onlineMs);
    this.#classify(peer, isEstablished ? 'established' : 'registered');
  }

  /** The user is offline. A connection that it keeps open is that of any stranger. */
  handleDeparture(peer: PeerKey): void {
    this.#promotions.delete(peer);
    this.#classify(peer, 'unknown');
  }

  handleTimeout(nowMs: number): void {
    for (const peer of this.#promotions.takeAllDue(nowMs)) this.#classify(peer, 'established');
  }

  #classify(peer: PeerKey, peerClass: PeerClass): void {
    this.#context.perform({ type: 'classify', peer, class: peerClass });
  }
}
