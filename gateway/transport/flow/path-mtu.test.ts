import { describe, expect, it } from 'vitest';
import { datagramBytesBase, datagramBytesMax } from '../../../shared/limits.ts';
import { pair } from '../../simulation/transport/flow-pair.ts';

/** Two flows on machines with interfaces that take datagrams of so many bytes; `one` has much to send. */
function pairWithMtu(localBytes: number, profile: 'normal' | 'classic' = 'normal') {
  const flows = pair(profile, { localDatagramBytesMax: () => localBytes });
  const { lab, one, there, send, received } = flows;
  let sent = 0;
  return {
    ...flows,
    /** Sends 200 KB, and waits until all of it is there. */
    sendMuch(): void {
      send(`much ${++sent}`, 'chat', 200_000);
      lab.run(20_000);
      expect(received.at(-1)).toContain(`much ${sent}`);
      expect(one.flow.isIdle).toBe(true);
    },
    largest: (): number => Math.max(...there.passed.map(({ byteCount }) => byteCount)),
    /** Datagrams that hold a PING and padding up to their end. */
    probes: (): number[] =>
      there.passed
        .filter(({ frames }) => frames[0]?.type === 'ping' && frames[1]?.type === 'padding')
        .map(({ byteCount }) => byteCount),
  };
}

describe('the size of datagrams', () => {
  it('PROTOCOL 5.16: is 1,200 bytes until there is much to send, then as large as machine and path allow', () => {
    const { one, lab, send, sendMuch, largest, probes } = pairWithMtu(datagramBytesMax + 1_000);
    for (let round = 0; round < 200; round++) {
      send('a word', 'chat', 300);
      lab.run(20);
    }
    send('a long one', 'chat', 16_000);
    lab.run(1_000);
    expect([probes(), one.flow.datagramBytes]).toEqual([[], datagramBytesBase]);
    expect(largest()).toBeLessThanOrEqual(datagramBytesBase);
    sendMuch();
    expect([probes(), one.flow.datagramBytes]).toEqual([[datagramBytesMax], datagramBytesMax]);
    sendMuch();
    expect(largest()).toBe(datagramBytesMax);
    expect(probes()).toHaveLength(1);
  });

  it('PROTOCOL 5.16: never exceeds the size that leaves the machine without fragmentation', () => {
    const { one, sendMuch, largest, probes } = pairWithMtu(1_472);
    sendMuch();
    sendMuch();
    expect([probes(), one.flow.datagramBytes, largest()]).toEqual([[1_472], 1_472, 1_472]);
    const small = pairWithMtu(datagramBytesBase);
    small.sendMuch();
    expect([small.probes(), small.largest()]).toEqual([[], datagramBytesBase]);
  });

  it('PROTOCOL 5.16: tries a size three times, then the sizes of Ethernet, and does not count lost probes as congestion', () => {
    const { one, there, sendMuch, probes } = pairWithMtu(8_952);
    there.datagramBytesMax = 1_452;
    for (let round = 0; round < 4; round++) sendMuch();
    const tried = [...Array<number>(3).fill(datagramBytesMax), ...Array<number>(3).fill(1_472), 1_452];
    expect([probes(), one.flow.datagramBytes]).toEqual([tried, 1_452]);
    expect([one.flow.counters.packetsLost, one.flow.counters.retransmissions]).toEqual([0, 0]);
  });

  it('PROTOCOL 5.16: gives up where no larger datagram passes, and searches again after ten minutes', () => {
    const { lab, one, there, sendMuch, probes } = pairWithMtu(1_472);
    there.datagramBytesMax = datagramBytesBase;
    sendMuch();
    sendMuch();
    expect(probes()).toHaveLength(6);
    there.datagramBytesMax = 1_472;
    sendMuch();
    expect(one.flow.datagramBytes).toBe(datagramBytesBase);
    lab.run(600_000);
    sendMuch();
    expect(one.flow.datagramBytes).toBe(1_472);
  });

  it('PROTOCOL 5.16: sends a probe that was lost by chance again', () => {
    const { one, there, sendMuch } = pairWithMtu(datagramBytesMax);
    let lost = 0;
    there.loses = (frames) => frames[0]?.type === 'ping' && frames[1]?.type === 'padding' && lost++ < 2;
    sendMuch();
    expect([lost, one.flow.datagramBytes]).toEqual([3, datagramBytesMax]);
  });

  it('PROTOCOL 5.17: falls back to 1,200 bytes when larger ones no longer pass, and everything arrives', () => {
    const { lab, one, there, sendMuch, send, received } = pairWithMtu(datagramBytesMax);
    sendMuch();
    there.datagramBytesMax = 1_300;
    const startMs = lab.nowMs;
    sendMuch();
    const lastMs = there.passed.findLast(({ frames }) => frames.some(({ type }) => type === 'data'))!.atMs;
    expect(lastMs - startMs).toBeLessThan(2_000);
    expect(one.flow.datagramBytes).toBe(datagramBytesBase);
    there.passed.length = 0;
    sendMuch();
    const withData = there.passed.filter(({ frames }) => frames.some(({ type }) => type === 'data'));
    expect(Math.max(...withData.map(({ byteCount }) => byteCount))).toBe(datagramBytesBase);
    send('and on');
    lab.run(100);
    expect(received.at(-1)).toContain('and on');
  });

  it('PROTOCOL 5.17: sends unanswered data in datagrams of 1,200 bytes, and tries larger ones again', () => {
    const { lab, one, there, sendMuch, send, received, probes } = pairWithMtu(datagramBytesMax);
    sendMuch();
    there.passed.length = 0;
    there.loses = (_, number) => number === there.passed[0]?.number;
    send('alone', 'chat', 6_000);
    lab.run(200);
    expect(received.at(-1)).toContain('alone');
    const [first, ...others] = there.passed.filter(({ frames }) =>
      frames.some(({ type }) => type === 'data'),
    );
    expect(first!.byteCount).toBeGreaterThan(6_000);
    expect(others.filter(({ byteCount }) => byteCount > datagramBytesBase)).toEqual([]);
    expect([probes(), one.flow.datagramBytes]).toEqual([[datagramBytesMax], datagramBytesMax]);
  });

  it('PROTOCOL 5.17: stays large when a few datagrams are lost by chance', () => {
    const { one, there, sendMuch } = pairWithMtu(datagramBytesMax);
    sendMuch();
    there.loses = (_, number) => number % 3 === 0;
    for (let round = 0; round < 5; round++) sendMuch();
    expect(one.flow.datagramBytes).toBe(datagramBytesMax);
  });

  it('PROTOCOL 5.17: starts over on a new path', () => {
    const { lab, one, sendMuch, probes } = pairWithMtu(datagramBytesMax);
    sendMuch();
    one.flow.beginPath(lab.nowMs);
    expect(one.flow.datagramBytes).toBe(datagramBytesBase);
    sendMuch();
    sendMuch();
    expect([probes().length, one.flow.datagramBytes]).toEqual([2, datagramBytesMax]);
  });

  it('PROTOCOL 8.15: stays 1,200 bytes in the classic profile', () => {
    const { lab, one, send, largest, probes } = pairWithMtu(datagramBytesMax, 'classic');
    send('much', 'bulk', 100_000);
    lab.run(20_000);
    expect([one.flow.isIdle, probes(), largest()]).toEqual([true, [], datagramBytesBase]);
  });
});
