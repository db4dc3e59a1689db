import { datagramBytesBase, datagramBytesMax } from '../../../shared/limits.ts';
import type { SentPacket } from './sent-packets.ts';

/** RFC 8899 5.1.2, MAX_PROBES: attempts of each size, since a probe may be lost by chance. */
const probesMax = 3;
/** RFC 8899 5.1.1, PMTU_RAISE_TIMER: the path may have improved. */
const raiseAfterMs = 600_000;
/** Not in the RFC. A transfer of fewer full packets gains nothing from larger ones. */
const fullPacketsMin = 16;
/** After this many consecutive losses of larger packets, while others arrive, the path is a black hole for them. */
const blackHoleLosses = 6;
/** The payload of Ethernet and Wi-Fi over IPv4 and IPv6: tried where the local interface carries more than the path. */
const usualBytes = [1_472, 1_452];

/**
 * Datagram Packetization Layer Path MTU Discovery (RFC 8899): finds the largest datagram that the path carries. Every path
 * starts with 1,200 bytes. Once there is enough to send, probes of PING and PADDING try sizes that leave this machine
 * without fragmentation. An acknowledged size is used.
 */
export class PathMtu {
  readonly #localBytesMax: () => number;
  readonly #onChange: (datagramBytes: number) => void;
  #datagramBytes = datagramBytesBase;
  #fullPackets = 0;
  /** Sizes to try, the largest first; undefined while no search runs. */
  #sizes: number[] | undefined;
  #attempts = 0;
  #probe: SentPacket | undefined;
  #nextSearchAtMs = Number.NEGATIVE_INFINITY;
  #lostInARow = 0;

  /** `localBytesMax`: the largest UDP payload that leaves for the peer's present address without fragmentation. */
  constructor(localBytesMax: () => number, onChange: (datagramBytes: number) => void) {
    this.#localBytesMax = localBytesMax;
    this.#onChange = onChange;
  }

  /** The largest UDP payload, in bytes, of a packet: the PLPMTU. */
  get datagramBytes(): number {
    return this.#datagramBytes;
  }

  /** Notes that a full packet leaves while more data waits. */
  noteFull(nowMs: number): void {
    if (this.#sizes !== undefined || ++this.#fullPackets < fullPacketsMin) return;
    if (nowMs < this.#nextSearchAtMs) return;
    this.#nextSearchAtMs = nowMs + raiseAfterMs;
    this.#beginSearch(Math.min(datagramBytesMax, this.#localBytesMax()));
  }

  /** The size of the probe that must leave now; undefined without one. */
  get probeBytes(): number | undefined {
    return this.#probe === undefined ? this.#sizes?.[0] : undefined;
  }

  onProbeSent(probe: SentPacket): void {
    this.#probe = probe;
    this.#attempts++;
  }

  onAcknowledged(packet: SentPacket): void {
    if (packet.byteCount <= datagramBytesBase) return;
    if (!packet.isMtuProbe) {
      this.#lostInARow = 0;
      return;
    }
    // A probe of an older path, or of an earlier step of the search, proves too little.
    if (packet !== this.#probe) return;
    this.#datagramBytes = packet.byteCount;
    this.#onChange(this.#datagramBytes);
    this.#sizes = [];
    this.#endSearchIfDone();
  }

  onLost(packet: SentPacket): void {
    if (packet.byteCount <= datagramBytesBase) return;
    if (packet.isMtuProbe) return this.#onProbeLost(packet);
    if (++this.#lostInARow >= blackHoleLosses) this.handleBlackHole();
  }

  /** RFC 8899 4.3: larger packets may no longer pass. Lost data leaves in small packets, and the search starts again. */
  handleBlackHole(): void {
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
    this.#attempts = 0;
    this.#nextSearchAtMs = Number.NEGATIVE_INFINITY;
    this.#lostInARow = 0;
  }

  #beginSearch(most: number): void {
    const sizes = [most, ...usualBytes.filter((bytes) => bytes < most)];
    this.#sizes = sizes.filter((bytes) => bytes > this.#datagramBytes);
    this.#probe = undefined;
    this.#attempts = 0;
    this.#endSearchIfDone();
  }

  #onProbeLost(packet: SentPacket): void {
    if (packet !== this.#probe) return;
    this.#probe = undefined;
    if (this.#attempts < probesMax) return;
    this.#attempts = 0;
    this.#sizes?.shift();
    this.#endSearchIfDone();
  }

  #endSearchIfDone(): void {
    if (this.#sizes !== undefined && this.#sizes.length > 0) return;
    this.#sizes = undefined;
    this.#probe = undefined;
    this.#attempts = 0;
  }
}
