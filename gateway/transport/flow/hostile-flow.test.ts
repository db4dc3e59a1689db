import { describe, expect, it } from 'vitest';
import { encodeFrame, type Frame } from '../../../shared/wire/frames.ts';
import { pair } from '../../simulation/transport/flow-pair.ts';
import { messageOverheadBytes } from './settings.ts';

describe('hostile packets of an authenticated peer', () => {
  const plaintext = (...frames: Frame[]): Uint8Array => {
    const parts = frames.map((frame) => encodeFrame(frame));
    return Uint8Array.from(parts.flatMap((part) => [...part]));
  };

  it('PROTOCOL 8.2: a malformed frame invalidates its whole packet', () => {
    const { other, received } = pair();
    const data: Frame = {
      type: 'data',
      channel: 'chat',
      message: 0,
      offset: 0,
      total: 1,
      payload: Uint8Array.of(65),
    };
    expect(other.flow.handleFrames(0, 0, Uint8Array.of(...plaintext(data), 0xff)).dropped).toBe('malformed');
    expect(received).toEqual([]);
    expect(other.flow.handleFrames(0, 1, plaintext(data)).dropped).toBeUndefined();
    expect(received).toEqual(['chat A']);
  });

  it('PROTOCOL 8.18: a packet with only an unknown frame is acknowledged, and changes nothing', () => {
    const { lab, one, other, back, received } = pair();
    const unknown: Frame = { type: 'unknown', number: 0x40, content: Uint8Array.of(1, 2, 3) };
    expect(other.flow.handleFrames(0, 0, plaintext(unknown)).dropped).toBeUndefined();
    lab.run(10);
    expect(back.passed.map(({ frames }) => frames.map(({ type }) => type))).toEqual([['ack']]);
    expect([received, one.flow.isIdle]).toEqual([[], true]);
  });

  it('PROTOCOL 8.19: a CREDIT for an unknown channel is acknowledged, and changes nothing', () => {
    const { lab, other, back } = pair();
    const credit: Frame = { type: 'unknown-credit', channelNumber: 3, limit: 2 ** 40 };
    expect(other.flow.handleFrames(0, 0, plaintext(credit)).dropped).toBeUndefined();
    lab.run(10);
    expect(back.passed.map(({ frames }) => frames.map(({ type }) => type))).toEqual([['ack']]);
  });

  it('PROTOCOL 8.4: an ACK of packets that were never sent changes nothing', () => {
    const { lab, one, send } = pair();
    const forged: Frame = { type: 'ack', delay: 0, ranges: [{ smallest: 5, largest: 2 ** 50 }] };
    expect(one.flow.handleFrames(0, 0, plaintext(forged)).dropped).toBeUndefined();
    send('word');
    lab.run(1);
    expect(one.flow.handleFrames(1, 1, plaintext(forged)).dropped).toBeUndefined();
    expect(one.acknowledged).toEqual([]);
    lab.run(100);
    expect(one.acknowledged).toEqual(['word']);
  });

  it('PROTOCOL 8.22: messages beyond the credit are not held', () => {
    const { other } = pair('normal', { credits: { control: 2_000, chat: 2_000, bulk: 2_000 } });
    let taken = 0;
    for (let message = 1; message < 1_000; message++) {
      const frame: Frame = {
        type: 'data',
        channel: 'chat',
        message,
        offset: 0,
        total: 1,
        payload: Uint8Array.of(1),
      };
      if (other.flow.handleFrames(0, message, plaintext(frame)).dropped === undefined) taken++;
    }
    const whole: Frame = {
      type: 'data',
      channel: 'bulk',
      message: 0,
      offset: 0,
      total: 500_000,
      payload: Uint8Array.of(1),
    };
    expect(other.flow.handleFrames(0, 5_000, plaintext(whole)).dropped).toBe('limit');
    expect(taken).toBe(Math.floor(2_000 / (1 + messageOverheadBytes)));
    // 128 bytes for each message, and the packets in which they lie.
    expect(other.budget.bytes).toBeLessThanOrEqual(taken * 128 + 2_000);
  });

  it('PROTOCOL 8.24: fragments that contradict each other, or leave thousands of gaps, are refused', () => {
    const { other } = pair();
    const part = (offset: number, total: number): Frame => ({
      type: 'data',
      channel: 'bulk',
      message: 0,
      offset,
      total,
      payload: Uint8Array.of(1),
    });
    expect(other.flow.handleFrames(0, 0, plaintext(part(0, 5_000))).dropped).toBeUndefined();
    expect(other.flow.handleFrames(0, 1, plaintext(part(2, 5_001))).dropped).toBe('malformed');
    const receptions = new Set<string | undefined>();
    for (let offset = 2; offset < 5_000; offset += 2) {
      receptions.add(other.flow.handleFrames(0, offset, plaintext(part(offset, 5_000))).dropped);
    }
    expect([...receptions]).toEqual([undefined, 'limit']);
  });
});
