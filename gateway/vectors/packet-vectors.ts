import { fromHex } from '../../shared/ids.ts';
import type { Packet } from '../../shared/wire/packet.ts';
import {
  documentName,
  jsonOf,
  programName,
  readVectorFile,
  withBytes,
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

const byteFields = new Set(['token', 'message', 'header', 'sealed', 'answered']);
/** Indexes and checksums: numbers of 4 bytes, which the files show as hex. */
const wordFields = new Set(['sender', 'receiver', 'answeredChecksum']);

/** The door from JSON. The tests encode each packet, so a wrong field shows there. */
export function packetFromJson(json: TypedJson): Packet {
  const fields = Object.entries(json).map(([name, value]) => [
    name,
    wordFields.has(name) && typeof value === 'string' ? Number.parseInt(value, 16) : value,
  ]);
  const packet = withBytes(Object.fromEntries(fields) as Record<string, Json>, byteFields);
  return { ...packet, type: programName(json.type) } as unknown as Packet;
}

export function packetToJson(packet: Packet): TypedJson {
  const fields = Object.entries(packet).map(([name, value]): [string, Json] => [
    name,
    wordFields.has(name) ? wordHex(value as number) : jsonOf(value),
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
