import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { budgetShares } from '../../gateway/transport/fair-budget.ts';
import type { Rate } from '../../gateway/transport/fair-rate.ts';
import { forgedResponsesMax } from '../../gateway/transport/handshake/dial.ts';
import { Copa } from '../../gateway/transport/congestion/copa.ts';
import { baseSeenMsMax, DelayTarget } from '../../gateway/transport/congestion/delay-target.ts';
import { replayWindowSize } from '../../gateway/transport/connection/replay-window.ts';
import type { EndpointEvent } from '../../gateway/transport/events.ts';
import { separateFragmentsMax } from '../../gateway/transport/flow/unfinished-message.ts';
import { RttEstimate } from '../../gateway/transport/flow/rtt.ts';
import * as flow from '../../gateway/transport/flow/settings.ts';
import { OutputQueue } from '../../gateway/transport/output-queue.ts';
import * as timing from '../../gateway/transport/timing.ts';
import * as limits from '../../shared/limits.ts';
import {
  ackDelayUnitMs,
  ackRangesMax,
  decodeFrames,
  type Frame,
  frameTypeWithLengthMin,
} from '../../shared/wire/frames.ts';
import * as layout from '../../shared/wire/layout.ts';
import { channels, closeReasons } from '../../shared/wire/packet.ts';
import { parametersBytesMax, parameterTypes } from '../../shared/wire/parameters.ts';
import { varintMax } from '../../shared/wire/varint.ts';
import { tableWith } from './markdown-tables.ts';

const document = readFileSync('docs/protocol/transport.md', 'utf8');

describe('the tables of transport.md', () => {
  it('PROTOCOL 2.2: have the types of the packets', () => {
    const rows = tableWith(document, ['type', 'packet', 'sent by', 'to', 'answered with']);
    expect(rows.map(([type, packet]) => [packet, Number(type)])).toEqual([
      ['VERSION', layout.versionOfVersionPackets],
      ...Object.entries(layout.packetTypes).map(([packet, type]) => [packet.toUpperCase(), type]),
    ]);
  });

  it('PROTOCOL 2.2: have the offset of each field, and fields follow each other', () => {
    const rows = tableWith(document, ['packet', 'offset', 'length', 'field']);
    const offsets = (packet: string) =>
      rows.filter(([name, , , field]) => name === packet && field !== 'zeros').map(([, offset]) => offset);
    const { checksumOffset } = layout;
    const of = (...fields: readonly number[]) => fields.map(String);
    const { initiationLayout, versionLayout, retryLayout, responseLayout, confirmationLayout } = layout;
    const { sender, pattern, tokenLength, token } = initiationLayout;
    expect(offsets('VERSION')).toEqual(of(checksumOffset, ...Object.values(versionLayout)));
    expect(offsets('INITIATION')).toEqual([
      ...of(checksumOffset, sender, pattern, tokenLength, token),
      `${token} + t`,
    ]);
    expect(offsets('RETRY')).toEqual(of(...Object.values(retryLayout)));
    expect(offsets('RESPONSE')).toEqual(of(...Object.values(responseLayout)));
    expect(offsets('CONFIRMATION')).toEqual(of(...Object.values(confirmationLayout)));
    expect(offsets('TRANSPORT')).toEqual(of(...Object.values(layout.transportLayout)));
    expect(offsets('RESET')).toEqual(of(layout.resetLayout.answered));
    for (const [place, [packet, offset, length]] of rows.entries()) {
      const next = rows[place + 1];
      if (next?.[0] !== packet || !/^\d+$/u.test(`${length}`)) continue;
      expect(next?.[1], `${packet} ${offset}`).toBe(`${Number(offset) + Number(length)}`);
    }
    const reset = rows.find(([packet]) => packet === 'RESET');
    expect(Number(reset?.[1]) + Number(reset?.[2])).toBe(layout.resetLayout.length);
  });

  it('PROTOCOL 2.7: have the types of the parameters', () => {
    const rows = tableWith(document, ['type', 'parameter', 'value', 'if absent']);
    expect(Object.fromEntries(rows.map(([type, parameter]) => [parameter, Number(type)]))).toEqual(
      parameterTypes,
    );
  });

  it('PROTOCOL 4.1: have the sizes of the Noise messages', () => {
    const rows = tableWith(document, ['message', 'XX', 'bytes', 'XK', 'bytes']);
    const { patterns, noiseResponseBytesMin, noiseConfirmationBytesMin } = layout;
    expect(rows.map(([message, , xx, , xk]) => [message, xx, xk])).toEqual([
      ['before', '', ''],
      ['1', `${patterns.XX.messageBytes}`, `${patterns.XK.messageBytes}`],
      ['2', `${noiseResponseBytesMin + 48} + p`, `${noiseResponseBytesMin} + p`],
      ['3', `${noiseConfirmationBytesMin} + p`, `${noiseConfirmationBytesMin} + p`],
    ]);
  });

  it('PROTOCOL 8.1: have the types of the frames, and no other type below 0x40 is one', () => {
    const rows = tableWith(document, ['type', 'frame', 'sent by', 'fields', 'ack-eliciting']);
    const named = new Map<number, string>();
    for (const [types = '', frame = ''] of rows) {
      const [first = 0, last = first] = [...types.matchAll(/0x[0-9a-f]+/gu)].map(([type]) => Number(type));
      for (let type = first; type <= last; type++) named.set(type, frame);
    }
    expect(named.get(frameTypeWithLengthMin)).toBe('none yet');
    expect(ackDelayUnitMs).toBe(8 / 1_000);
    for (let type = 0; type < frameTypeWithLengthMin; type++) {
      expect(frameNameOf(type), `type ${type}`).toBe(named.get(type));
    }
  });

  it('PROTOCOL 8.1: have the numbers of the channels and of the reasons', () => {
    const rows = tableWith(document, ['number', 'channel', '', 'number', 'reason']);
    const numbered = (names: readonly string[]) => names.map((name, index) => [`${index}`, name]);
    expect(rows.map(([number, channel]) => [number, channel])).toEqual(numbered(channels));
    expect(rows.map(([, , , number, reason]) => [number, reason])).toEqual(numbered(closeReasons));
  });

  it('PROTOCOL 7.4: have each bound', () => {
    const rows = tableWith(document, ['bound', 'value', 'unit', 'rule', 'what happens past it']);
    expect(rows.map(([bound, value = '']) => [bound, numberIn(value)])).toEqual(bounds);
  });

  it('PROTOCOL 7.7: have the shares of memory', () => {
    const rows = tableWith(document, ['share', 'of the whole']);
    const { connection, group, unknown, notEstablished } = budgetShares(1);
    const parts = rows.map(([, part = '']) => part.split('/').map(Number));
    expect(parts.map(([above = 0, below = 1]) => above / below)).toEqual([
      connection,
      group,
      unknown,
      notEstablished,
    ]);
  });

  it('PROTOCOL 7.8: have each rate', () => {
    const rows = tableWith(document, ['rate', 'of', 'at once', 'in a second']);
    const { unknownRates, registeredRates, handshakeRates, retryRates, answerRates } = limits;
    const rates: Readonly<Record<string, Readonly<Record<string, Rate>>>> = {
      'packets of unknown peers': unknownRates,
      'packets of registered peers': registeredRates,
      handshakes: handshakeRates,
      RETRY: retryRates,
      'other answers': answerRates,
    };
    const names = { connection: 'a connection', group: 'an address group', all: 'all' } as const;
    expect(
      rows.map(([rate, of, burst = '', perSecond = '']) => [rate, of, numberIn(burst), numberIn(perSecond)]),
    ).toEqual(
      Object.entries(rates).flatMap(([rate, ofAll]) =>
        Object.entries(names).flatMap(([of, name]) => {
          const one = ofAll[of];
          return one === undefined ? [] : [[rate, name, one.burst, one.perSecond]];
        }),
      ),
    );
  });

  it('PROTOCOL 7.5: have each cause of a drop, a failed dial, a message that is handed back, and an end', () => {
    const rows = tableWith(document, ['cause', 'of', 'said by', 'when', 'another attempt']);
    const causesOf = (what: string) => rows.filter(([, of]) => of === what).map(([cause]) => cause);
    expect(causesOf('a drop').sort()).toEqual(Object.keys(new OutputQueue(0).counters.dropped).sort());
    expect(causesOf('a dial').sort()).toEqual(Object.keys(dialCauses).sort());
    expect(causesOf('a message').sort()).toEqual(Object.keys(messageCauses).sort());
    expect(causesOf('a connection').sort()).toEqual(Object.keys(endCauses).sort());
    for (const [number, reason] of closeReasons.entries()) {
      const row = rows.find(([cause, of]) => of === 'a connection' && cause === reason);
      expect(row?.[2]).toContain(`by CLOSE ${number}`);
    }
  });
});

type CauseOf<Type extends EndpointEvent['type']> =
  Extract<EndpointEvent, { type: Type }> extends {
    cause: infer Cause extends string;
  }
    ? Cause
    : never;

/** The types name each cause once, so that a new one is missed here by the compiler. */
const dialCauses: Record<CauseOf<'dial-failed'>, true> = {
  'no-answer': true,
  'wrong-key': true,
  version: true,
  limit: true,
  reflected: true,
};
const messageCauses: Record<CauseOf<'undelivered'>, true> = {
  'no-connection': true,
  'queue-full': true,
  unreachable: true,
  replaced: true,
  closed: true,
};
const endCauses: Record<CauseOf<'disconnected'>, true> = {
  unreachable: true,
  'idle-timeout': true,
  replaced: true,
  goodbye: true,
  displaced: true,
  refused: true,
};

const bounds: readonly (readonly [bound: string, value: number])[] = [
  ['datagram, least', layout.packetBytesMin],
  ['datagram, on an unknown path', limits.datagramBytesBase],
  ['datagram, most', limits.datagramBytesMax],
  ['INITIATION, least', layout.initiationBytesMin],
  ['INITIATION, RESPONSE, CONFIRMATION, most', limits.datagramBytesBase],
  ['token, least', layout.tokenBytesMin],
  ['token, most', layout.tokenBytesMax],
  ['parameters, most', parametersBytesMax],
  ['number *n*, most', varintMax],
  ['counter, most', layout.counterEnd - 1],
  ['ranges of an ACK, most', ackRangesMax],
  ['message, most', limits.transportMessageBytesMax],
  ['unreliable message, most', flow.unreliableBytesMax],
  ['cost of a message besides its bytes', flow.messageOverheadBytes],
  ['separate parts of an unfinished message, most', separateFragmentsMax],
  ['credit on control', limits.channelCreditsMax.control],
  ['credit on chat', limits.channelCreditsMax.chat],
  ['credit on bulk', limits.channelCreditsMax.bulk],
  ['unfinished messages of all peers, most', limits.reassemblyBytesMax],
  ['messages that wait for one peer, most', limits.sendQueueBytesMax],
  ['messages of bulk that wait for one peer, most', limits.bulkQueueBytesMax],
  ['messages that wait for all peers, most', limits.sendQueuesBytesMax],
  ['candidates of a dial, most', limits.candidatesMax],
  ['tries of a packet', timing.attemptsMax],
  ["interval of a handshake's tries", timing.attemptIntervalMs],
  ['unanswered time before unreachable, least', flow.unreachableMs],
  ['half-open handshakes without a token', limits.halfOpenWithoutTokenMax],
  ['half-open handshakes, most', limits.halfOpenMax],
  ['life of a half-open handshake', timing.halfOpenMs],
  ["life of a token's key", timing.tokenKeyMs],
  ['connections and dials, most', limits.connectionsMax],
  ['connections to one peer, most', limits.peerConnectionsMax],
  ['connections without a limit for an address group, most', limits.connectionsWithoutLimitMax],
  ['connections of an address group that are not established, most', limits.groupConnectionsMax],
  ['time to become more than unknown', timing.unknownMs],
  ['time without progress of waiting messages, most', timing.queueStallMs],
  ['time without more of unfinished messages, most', timing.unfinishedStallMs],
  ['error messages without an acknowledgement, most', limits.openErrorsMax.known],
  ['error messages without an acknowledgement to an unknown peer, most', limits.openErrorsMax.unknown],
  ['time for which a peer is refused', timing.refusedMs],
  ['keys of peers that are refused, most', limits.refusedPeersMax],
  ['tokens of a message', limits.messageTokens],
  ['RESPONSEs in a try that are not genuine, most', forgedResponsesMax],
  ['PATH_RESPONSEs in a round trip, most', timing.pathAnswersInRoundTrip],
  ['address groups with a rate, most', limits.ratedGroupsMax],
  ['addresses with a limited rate of answers, most', limits.ratedAddressesMax],
  ['CLOSE datagrams that are kept, most', limits.sentClosesMax],
  ['time between two RESETs to an address, least', timing.resetIntervalMs],
  ['time between two VERSIONs to an address, least', timing.versionIntervalMs],
  ['time between two reports of a version for one address, least', timing.otherVersionIntervalMs],
  ['reports of a version in 60,000 ms, most', timing.versionReportsMax],
  ['time between two checks after RESET, least', timing.redialIntervalMs],
  ['time for an older connection to answer', timing.successionMs],
  ['keep-alive', flow.keepAliveMs],
  ['silence, most', timing.idleTimeoutMs],
  ['time to answer a check after RESET, least', timing.livenessTimeoutMsMin],
  ['time to answer a check after RESET, most', timing.livenessTimeoutMsMax],
  ['probe timeouts to keep an old key', timing.oldKeysProbeTimeouts],
  ['time between two rounds of PATH_CHALLENGE, least', timing.pathRoundMsMin],
  ['rounds before a move', timing.pathRoundsToMove],
  ['rounds without an answer, most', timing.pathRoundsMax],
  ["time without a check of a forwarder's address", timing.pathRefusedMs],
  ['replay window, least', replayWindowSize],
  ['packets under one key, most', timing.keyLimits.packetsMax],
  ['use of one key, most', timing.keyLimits.useMaxMs],
  ['bytes between key exchanges, most', timing.keyLimits.exchangeBytes],
  ['time between key exchanges, most', timing.keyLimits.exchangeMs],
  ['delay of an ACK, most', flow.ackDelayMaxMs],
  ['first round trip time', flow.rttInitialMs],
  ['probe timeout, least', flow.probeTimeoutMinMs],
  ['probe timeout after doubling, most', flow.probeTimeoutDoubledMaxMs],
  ['first congestion window', new Copa().windowBytes],
  ['first congestion window of bulk', new DelayTarget(0, new RttEstimate()).windowBytes],
  ['time without a sight of the least round trip', baseSeenMsMax],
];

/** The number in a cell: `8,192`, `2^20` or `2^53 - 1`. */
function numberIn(cell: string): number {
  const [, exponent, less = '0'] = /^2\^(\d+)(?: - (\d+))?$/u.exec(cell) ?? [];
  return exponent === undefined ? Number(cell.replaceAll(',', '')) : 2 ** Number(exponent) - Number(less);
}

const nameOf: Record<Exclude<Frame['type'], 'unknown' | 'unknown-credit'>, string> = {
  padding: 'PADDING',
  ping: 'PING',
  ack: 'ACK',
  credit: 'CREDIT',
  unreliable: 'UNRELIABLE',
  'path-challenge': 'PATH_CHALLENGE',
  'path-response': 'PATH_RESPONSE',
  close: 'CLOSE',
  classic: 'CLASSIC',
  'key-share': 'KEY_SHARE',
  data: 'DATA',
};

/** The name of the frames of a type; undefined if no plaintext has one. */
function frameNameOf(type: number): string | undefined {
  // DATA of an unknown channel, and a next message without the one before, also have a type of DATA.
  if ((type & 0xf0) === 0x10) return dataNameOf(type);
  const frames = decodeFrames(Uint8Array.from([type, ...Array<number>(40).fill(0)]));
  const first = frames === 'malformed' ? undefined : frames[0];
  if (first === undefined || first.type === 'unknown' || first.type === 'unknown-credit') return undefined;
  return nameOf[first.type];
}

/** A part of 1 byte of message 0 with 2 bytes, or a whole one. With bit 3, DATA of message 0 comes before. */
function dataNameOf(type: number): string | undefined {
  const [channel, isPart, isNext] = [type & 0x03, (type & 0x04) !== 0, (type & 0x08) !== 0];
  if (channel >= channels.length) return nameOf.data;
  const before = isNext ? [0x10 | channel, 0, 0] : [];
  const number = isNext ? [] : [0];
  const part = isPart ? [0, 2] : [];
  const frames = decodeFrames(Uint8Array.from([...before, type, ...number, ...part, 1, 0x61]));
  const last = frames === 'malformed' ? undefined : frames.at(-1);
  return last?.type === 'data' ? nameOf.data : undefined;
}
