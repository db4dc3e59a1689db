import { Conditioner } from '../../net/conditioner.ts';
import type { LabSpec } from '../../net/lab-spec.ts';
import { BottleneckLink, type BottleneckSpec } from './bottleneck-link.ts';

/** Carries datagrams in one direction, as Conditioner and BottleneckLink do. */
export interface Link<Parcel> {
  handle(nowMs: number, parcel: Parcel): void;
  /** Returns the next datagram that has arrived by `nowMs`. */
  pollTransmit(nowMs: number): Parcel | undefined;
  pollTimeout(): number | undefined;
}

/** One direction between two hosts: an optional slow uplink, then a bad radio. */
export interface LinkSpec extends LabSpec {
  readonly uplink: Omit<BottleneckSpec, 'seed'> | null;
  /** Larger datagrams are dropped silently. Default: all pass. */
  readonly datagramBytesMax?: number;
}

export function makeLink<Parcel extends { readonly bytes: Uint8Array }>(
  { uplink, datagramBytesMax, ...radioSpec }: LinkSpec,
  seed: number,
): Link<Parcel> {
  const air = new Conditioner<Parcel>({ ...radioSpec, seed });
  const radio = datagramBytesMax === undefined ? air : new NarrowLink(air, datagramBytesMax);
  return uplink === null ? radio : new LinkChain(new BottleneckLink<Parcel>({ ...uplink, seed }), radio);
}

/** A link that drops larger datagrams silently: only probes can find the MTU of its path. */
export class NarrowLink<Parcel extends { readonly bytes: Uint8Array }> implements Link<Parcel> {
  readonly #link: Link<Parcel>;
  readonly #datagramBytesMax: number;

  constructor(link: Link<Parcel>, datagramBytesMax: number) {
    this.#link = link;
    this.#datagramBytesMax = datagramBytesMax;
  }

  handle(nowMs: number, parcel: Parcel): void {
    if (parcel.bytes.length <= this.#datagramBytesMax) this.#link.handle(nowMs, parcel);
  }

  pollTransmit(nowMs: number): Parcel | undefined {
    return this.#link.pollTransmit(nowMs);
  }

  pollTimeout(): number | undefined {
    return this.#link.pollTimeout();
  }
}

/** Two links in sequence, such as a slow uplink and a bad radio. */
export class LinkChain<Parcel> implements Link<Parcel> {
  readonly #first: Link<Parcel>;
  readonly #second: Link<Parcel>;

  constructor(first: Link<Parcel>, second: Link<Parcel>) {
    this.#first = first;
    this.#second = second;
  }

  handle(nowMs: number, parcel: Parcel): void {
    this.#first.handle(nowMs, parcel);
  }

  pollTransmit(nowMs: number): Parcel | undefined {
    for (
      let out = this.#first.pollTransmit(nowMs);
      out !== undefined;
      out = this.#first.pollTransmit(nowMs)
    ) {
      this.#second.handle(nowMs, out);
    }
    return this.#second.pollTransmit(nowMs);
  }

  pollTimeout(): number | undefined {
    const firstMs = this.#first.pollTimeout() ?? Number.POSITIVE_INFINITY;
    const nextMs = Math.min(firstMs, this.#second.pollTimeout() ?? Number.POSITIVE_INFINITY);
    return nextMs === Number.POSITIVE_INFINITY ? undefined : nextMs;
  }
}
