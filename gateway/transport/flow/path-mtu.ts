import { datagramBytesBase, datagramBytesMax } from '../../../shared/limits.ts';
import type { SentPacket } from './sent-packets.ts';

/** RFC 8899 5.1.2, MAX_PROBES: so often a size is tried, since what gets lost may have been lost by chance. */
const probesMax = 3;
/** RFC 8899 5.1.1, PMTU_RAISE_TIMER: a path may have become a better one. */
const raiseAfterMs = 600_000;
/** Not in the RFC. What is over after fewer full packets than these gains nothing by larger ones. */
const fullPacketsMin = 16;
/** So many larger packets are lost in a row, while others come, where the path takes them no more. */
const blackHoleLosses = 6;
/** What Ethernet and Wi-Fi carry, over IPv6 and IPv4: tried where the way out takes more than the path does. */
const usualBytes = [1_472, 1_452];

/**
 * How large a datagram the path to the peer takes: Datagram Packetization Layer Path MTU Discovery (RFC 8899). It is
 * 1,200 bytes on every path; once there is enough to send, probes of PING and PADDING try what leaves this machine in
 * one piece, and what was acknowledged is used.
 */
export class PathMtu {
  readonly #localBytesMax: () => number;
  readonly #onChange: (datagramBytes: number) => void;
  #datagramBytes = datagramBytesBase;
  #fullPackets = 0;
  /** Still to be tried, the largest first; undefined: nobody is searching. */
  #sizes: number[] | undefined;
  #tries = 0;
  #probe: SentPacket | undefined;
  #nextSearchAtMs = Number.NEGATIVE_INFINITY;
  #lostInARow = 0;

  /** `localBytesMax`: the largest UDP payload that leaves for the peer's present address without fragmentation. */
  constructor(localBytesMax: () => number, onChange: (datagramBytes: number) => void) {
    this.#localBytesMax = localBytesMax;
    this.#onChange = onChange;
  }

  /** UDP payload in bytes that a packet may have: the PLPMTU. */
  get datagramBytes(): number {
    return this.#datagramBytes;
  }

  /** A packet leaves that was full, and more waits. */
  noteFull(nowMs: number): void {
    if (this.#sizes !== undefined || ++this.#fullPackets < fullPacketsMin) return;
    if (nowMs < this.#nextSearchAtMs) return;
    this.#nextSearchAtMs = nowMs + raiseAfterMs;
    this.#beginSearch(Math.min(datagramBytesMax, this.#localBytesMax()));
  }

  /** How large a probe is to leave now; undefined: none. */
  get probeBytes(): number | undefined {
    return this.#probe === undefined ? this.#sizes?.[0] : undefined;
  }

  onProbeSent(probe: SentPacket): void {
    this.#probe = probe;
    this.#tries++;
  }

  onAcknowledged(packet: SentPacket): void {
    if (packet.byteCount <= datagramBytesBase) return;
    if (!packet.isMtuProbe) {
      this.#lostInARow = 0;
      return;
    }
    // One of an older path, or that came when the search had gone on, tells too little.
    if (packet !== this.#probe) return;
    this.#datagramBytes = packet.byteCount;
    this.#onChange(this.#datagramBytes);
    this.#sizes = [];
    this.#endSearchIfDone();
  }

  onLost(packet: SentPacket): void {
    if (packet.byteCount <= datagramBytesBase) return;
    if (packet.isMtuProbe) return this.#onProbeLost(packet);
    if (++this.#lostInARow >= blackHoleLosses) this.doubt();
  }

  /** Larger packets may get through no more (RFC 8899 4.3): what is lost leaves in small ones, and the search begins anew. */
  doubt(): void {
    this.#lostInARow = 0;
    if (this.#datagramBytes === datagramBytesBase) return;
    const known = this.#datagramBytes;
    this.#datagramBytes = datagramBytesBase;
    this.#onChange(datagramBytesBase);
    this.#beginSearch(known);
  }

  /** Another path leads to the peer, of which nothing is known. */
  beginPath(): void {
    this.#datagramBytes = datagramBytesBase;
    this.#fullPackets = 0;
    this.#sizes = undefined;
    this.#probe = undefined;
    this.#tries = 0;
    this.#nextSearchAtMs = Number.NEGATIVE_INFINITY;
    this.#lostInARow = 0;
  }

  #beginSearch(most: number): void {
    const sizes = [most, ...usualBytes.filter((bytes) => bytes < most)];
    this.#sizes = sizes.filter((bytes) => bytes > this.#datagramBytes);
    this.#probe = undefined;
    this.#tries = 0;
    this.#endSearchIfDone();
  }

  #onProbeLost(packet: SentPacket): void {
    if (packet !== this.#probe) return;
    this.#probe = undefined;
    if (this.#tries < probesMax) return;
    this.#tries = 0;
    this.#sizes?.shift();
    this.#endSearchIfDone();
  }

  #endSearchIfDone(): void {
    if (this.#sizes !== undefined && this.#sizes.length > 0) return;
    this.#sizes = undefined;
    this.#probe = undefined;
    this.#tries = 0;
  }
}
