import { fromHex } from '../../shared/ids.ts';
import type { Packet } from '../../shared/wire/packet.ts';
import {
  bytesIn,
  documentName,
  jsonOf,
  nameIn,
  numberIn,
  numbersIn,
  programName,
  readVectorFile,
  type Json,
  type TypedJson,
  type VectorCase,
} from './vector-files.ts';

export type PacketCase =
  | (VectorCase & {
      readonly result: 'packet';
      readonly packet: TypedJson;
      readonly datagram: string;
    })
  | (VectorCase & { readonly result: 'dropped'; readonly cause: string; readonly datagram: string })
  | (VectorCase & {
      readonly result: 'other-version';
      readonly version: number;
      readonly checksum: string;
      readonly datagram: string;
    });

/** Indexes and checksums: numbers of 4 bytes, which the files show as hex. */
const wordFields = new Set(['sender', 'receiver', 'answeredChecksum']);

/** Reads a packet of a file. A field of another type throws: the files are our own. */
export function packetFromJson(json: TypedJson): Packet {
  const type = programName(json.type);
  switch (type) {
    case 'version':
      return {
        type,
        answeredChecksum: wordIn(json, 'answeredChecksum'),
        versions: numbersIn(json, 'versions'),
      };
    case 'initiation':
      return {
        type,
        sender: wordIn(json, 'sender'),
        token: bytesIn(json, 'token'),
        pattern: nameIn(json, 'pattern', ['XX', 'XK']),
        message: bytesIn(json, 'message'),
        byteCount: numberIn(json, 'byteCount'),
      };
    case 'retry':
      return { type, receiver: wordIn(json, 'receiver'), token: bytesIn(json, 'token') };
    case 'response':
      return {
        type,
        receiver: wordIn(json, 'receiver'),
        sender: wordIn(json, 'sender'),
        message: bytesIn(json, 'message'),
      };
    case 'confirmation':
      return { type, receiver: wordIn(json, 'receiver'), message: bytesIn(json, 'message') };
    case 'transport':
      return {
        type,
        receiver: wordIn(json, 'receiver'),
        keyPhase: numberIn(json, 'keyPhase') === 0 ? 0 : 1,
        counter: numberIn(json, 'counter'),
        header: bytesIn(json, 'header'),
        sealed: bytesIn(json, 'sealed'),
      };
    case 'reset':
      return { type, answered: bytesIn(json, 'answered') };
    default:
      throw new Error(`there is no packet ${json.type}`);
  }
}

function wordIn(json: TypedJson, field: string): number {
  return new DataView(bytesIn(json, field).buffer).getUint32(0);
}

export function packetToJson(packet: Packet): TypedJson {
  const fields = Object.entries(packet).map(([name, value]): [string, Json] => [
    name,
    typeof value === 'number' && wordFields.has(name) ? wordHex(value) : jsonOf(value),
  ]);
  return { ...Object.fromEntries(fields), type: documentName(packet.type) };
}

/** 4 bytes as hex. */
export function wordHex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** The valid datagrams, with what they mean. */
export function validPackets(): { readonly bytes: Uint8Array; readonly packet: Packet }[] {
  return readVectorFile<PacketCase>('packets').cases.flatMap((vector) =>
    vector.result === 'packet'
      ? [{ bytes: fromHex(vector.datagram), packet: packetFromJson(vector.packet) }]
      : [],
  );
}

/** The datagrams that a reader drops. */
export function droppedDatagrams(): Uint8Array[] {
  return readVectorFile<PacketCase>('packets')
    .cases.filter(({ result }) => result === 'dropped')
    .map(({ datagram }) => fromHex(datagram));
}
