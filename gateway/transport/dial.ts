import { type Address, formatAddress, isPort, isUnicast } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { candidatesMax } from '../../shared/limits.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import type { ConnectionId } from '../../shared/wire/packet.ts';
import type { EndpointEvent, Token } from './events.ts';
import type { Outlet } from './outlet.ts';
import { triesMax, tryIntervalMs } from './timing.ts';

export type DialFailure = Extract<EndpointEvent, { type: 'dial-failed' }>['cause'];

/** Calls go out to all candidates until one answers; then that one's answer is confirmed. */
export type DialState =
  | { readonly type: 'calling' }
  | {
      readonly type: 'confirming';
      readonly peer: PeerKey;
      readonly address: Address;
      readonly bytes: Uint8Array;
    };

/** The initiator's side of one handshake. */
export class Dial {
  readonly id: ConnectionId;
  readonly expected: PeerKey | null;
  /** Whether it is meant to replace a live connection (PROTOCOL 4.8), and not satisfied by one. */
  readonly beside: boolean;
  /** Which dials of the role it answers; several when dials met at one peer, none when the role asked for none. */
  readonly tokens: Token[];
  readonly hello: Uint8Array;
  nextTryAtMs: number;
  #state: DialState = { type: 'calling' };
  #candidates: Address[];
  #callsMade = 0;
  #confirmsMade = 0;
  #otherVersionMet = false;

  constructor(
    nowMs: number,
    id: ConnectionId,
    me: PeerKey,
    wish: {
      readonly candidates: readonly Address[];
      readonly expected: PeerKey | null;
      readonly tokens: readonly Token[];
      readonly beside: boolean;
    },
  ) {
    this.id = id;
    this.expected = wish.expected;
    this.beside = wish.beside;
    this.tokens = [...wish.tokens];
    this.#candidates = usable(wish.candidates);
    this.hello = encodePacket({ type: 'hello', connection: id, initiator: me, expected: wish.expected });
    this.nextTryAtMs = nowMs;
  }

  get state(): DialState {
    return this.#state;
  }

  /** Sends the next try; tells the cause when there is none left. */
  handleTimeout(nowMs: number, outlet: Outlet): DialFailure | undefined {
    const state = this.#state;
    this.nextTryAtMs = nowMs + tryIntervalMs;
    switch (state.type) {
      case 'calling': {
        // PROTOCOL 4.2: 5 tries, 0.5 s apart, each to every candidate that has not answered wrongly.
        if (this.#candidates.length === 0 || this.#callsMade >= triesMax) return 'silent';
        this.#callsMade++;
        for (const to of this.#candidates) {
          const departure = { to, bytes: this.hello, peer: this.expected, token: null };
          outlet.transmit(nowMs, { ...departure, attempt: this.#callsMade });
        }
        return undefined;
      }
      case 'confirming': {
        if (this.#confirmsMade >= triesMax) return 'silent';
        this.#confirmsMade++;
        const departure = { to: state.address, bytes: state.bytes, peer: state.peer, token: null };
        outlet.transmit(nowMs, { ...departure, attempt: this.#confirmsMade });
        return undefined;
      }
      default:
        return state satisfies never;
    }
  }

  /** Somebody answered at `address`: that answer is confirmed now. */
  confirm(nowMs: number, peer: PeerKey, address: Address, nonce: bigint): void {
    const bytes = encodePacket({ type: 'confirm', connection: this.id, nonce });
    this.#state = { type: 'confirming', peer, address, bytes };
    this.#confirmsMade = 0;
    this.nextTryAtMs = nowMs;
  }

  /** The responder has forgotten what is being confirmed: the remaining calls go on, from now. */
  callAgain(nowMs: number): void {
    this.#state = { type: 'calling' };
    this.nextTryAtMs = nowMs;
  }

  /** Does not call this candidate any more; tells the cause when nobody is left. */
  strike(candidate: Address, cause: 'wrong-key' | 'version'): DialFailure | undefined {
    const text = formatAddress(candidate);
    const left = this.#candidates.filter((one) => formatAddress(one) !== text);
    if (left.length === this.#candidates.length) return undefined;
    this.#candidates = left;
    if (cause === 'version') this.#otherVersionMet = true;
    if (left.length > 0) return undefined;
    // Both may have been met; that a newer program is there is what a person can do something about.
    return this.#otherVersionMet ? 'version' : 'wrong-key';
  }
}

/** PROTOCOL 4.2: at most 8 different unicast addresses. */
function usable(candidates: readonly Address[]): Address[] {
  const byText = new Map<string, Address>();
  for (const candidate of candidates) {
    if (isUnicast(candidate.host) && isPort(candidate.port)) byText.set(formatAddress(candidate), candidate);
    if (byText.size === candidatesMax) break;
  }
  return [...byText.values()];
}
