import { decodeFrames, type Frame } from '../../../shared/wire/frames.ts';
import { NewReno } from '../../transport/congestion/new-reno.ts';
import type { Channel } from '../../transport/events.ts';
import { packetOverheadBytes, type Profile } from '../../transport/flow/settings.ts';
import { FlowEnd, FlowLab, type FlowEndOptions, type FlowParcel } from './flow-lab.ts';
import type { Link } from '../network/link.ts';

/** A link of 5 ms that loses the packets that the test chooses. */
class TestLink implements Link<FlowParcel> {
  readonly #underWay: { readonly parcel: FlowParcel; readonly atMs: number }[] = [];
  readonly passed: {
    readonly atMs: number;
    readonly number: number;
    readonly frames: Frame[];
    readonly byteCount: number;
  }[] = [];
  delayMs = 5;
  /** Larger datagrams are dropped silently. */
  datagramBytesMax = Number.POSITIVE_INFINITY;
  loses: (frames: readonly Frame[], number: number) => boolean = () => false;

  /** Drops all packets in flight. */
  lose(): void {
    this.#underWay.length = 0;
  }

  handle(nowMs: number, parcel: FlowParcel): void {
    const frames = decodeFrames(parcel.bytes.subarray(0, parcel.bytes.length - packetOverheadBytes));
    if (frames === 'malformed') throw new Error('a flow wrote malformed frames');
    const byteCount = parcel.bytes.length;
    this.passed.push({ atMs: nowMs, number: parcel.number, frames, byteCount });
    if (byteCount > this.datagramBytesMax) return;
    if (!this.loses(frames, parcel.number)) this.#underWay.push({ parcel, atMs: nowMs + this.delayMs });
  }

  pollTransmit(nowMs: number): FlowParcel | undefined {
    const first = this.#underWay[0];
    return first !== undefined && first.atMs <= nowMs ? this.#underWay.shift()?.parcel : undefined;
  }

  pollTimeout(): number | undefined {
    return this.#underWay[0]?.atMs;
  }

  count(type: Frame['type']): number {
    return this.passed.flatMap(({ frames }) => frames).filter((frame) => frame.type === type).length;
  }
}

/** Two flows, 5 ms apart, with records of all packets and messages. */
export function pair(profile: Profile = 'normal', options: Partial<FlowEndOptions> = {}) {
  const lab = new FlowLab();
  const one = new FlowEnd('one', 0, { profile, controller: () => new NewReno(), ...options });
  const other = new FlowEnd('other', 0, { profile, controller: () => new NewReno(), ...options });
  const there = new TestLink();
  const back = new TestLink();
  lab.join(one, other, there, back);
  const received: string[] = [];
  other.onReceived = (channel, bytes) =>
    received.push(`${channel} ${new TextDecoder().decode(bytes.subarray(0, 20))}`);
  const send = (text: string, channel: Channel = 'chat', byteCount = text.length): boolean => {
    const bytes = new Uint8Array(byteCount);
    new TextEncoder().encodeInto(text, bytes);
    return one.flow.send(channel, bytes, text);
  };
  return { lab, one, other, there, back, received, send };
}
