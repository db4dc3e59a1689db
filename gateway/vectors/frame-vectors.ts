import type { Frame, PacketRange } from '../../shared/wire/frames.ts';
import { channels, closeReasons } from '../../shared/wire/packet.ts';
import {
  bytesIn,
  documentName,
  jsonOf,
  listIn,
  nameIn,
  numberIn,
  programName,
  type Json,
  type JsonFields,
  type TypedJson,
  type VectorCase,
} from './vector-files.ts';

export type FrameCase =
  /** A sender writes the frames as these bytes. */
  | (VectorCase & {
      readonly result: 'frames';
      readonly frames: readonly TypedJson[];
      readonly plaintext: string;
    })
  /** A reader takes the bytes, and a sender of this program never writes them. */
  | (VectorCase & {
      readonly result: 'frames-only-read';
      readonly frames: readonly TypedJson[];
      readonly plaintext: string;
    })
  | (VectorCase & { readonly result: 'malformed'; readonly plaintext: string });

/** Reads a frame of a file. A field of another type throws: the files are our own. */
export function frameFromJson(json: TypedJson): Frame {
  const type = programName(json.type);
  switch (type) {
    case 'padding':
      return { type, byteCount: numberIn(json, 'byteCount') };
    case 'ping':
    case 'classic':
      return { type };
    case 'ack':
      return { type, delay: numberIn(json, 'delay'), ranges: listIn(json, 'ranges').map(rangeFromJson) };
    case 'data':
      return {
        type,
        channel: nameIn(json, 'channel', channels),
        message: numberIn(json, 'message'),
        offset: numberIn(json, 'offset'),
        total: numberIn(json, 'total'),
        payload: bytesIn(json, 'payload'),
      };
    case 'credit':
      return { type, channel: nameIn(json, 'channel', channels), limit: numberIn(json, 'limit') };
    case 'unknown-credit':
      return { type, channelNumber: numberIn(json, 'channelNumber'), limit: numberIn(json, 'limit') };
    case 'unreliable':
      return { type, payload: bytesIn(json, 'payload') };
    case 'path-challenge':
    case 'path-response':
      return { type, data: bytesIn(json, 'data') };
    case 'close':
      return { type, reason: nameIn(json, 'reason', closeReasons) };
    case 'key-share':
      return { type, exchange: numberIn(json, 'exchange'), publicKey: bytesIn(json, 'publicKey') };
    case 'unknown':
      return { type, number: numberIn(json, 'number'), content: bytesIn(json, 'content') };
    default:
      throw new Error(`there is no frame ${json.type}`);
  }
}

function rangeFromJson(range: JsonFields): PacketRange {
  return { smallest: numberIn(range, 'smallest'), largest: numberIn(range, 'largest') };
}

export function frameToJson(frame: Frame): TypedJson {
  const fields = Object.entries(frame).map(([name, value]): [string, Json] => [name, jsonOf(value)]);
  return { ...Object.fromEntries(fields), type: documentName(frame.type) };
}
