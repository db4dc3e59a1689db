import type { Frame } from '../../shared/wire/frames.ts';
import {
  documentName,
  jsonOf,
  programName,
  withBytes,
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

const byteFields = new Set(['payload', 'data', 'content', 'publicKey']);

/** The door from JSON. The tests encode each frame, so a wrong field shows there. */
export function frameFromJson(json: TypedJson): Frame {
  const frame = withBytes(json, byteFields);
  return { ...frame, type: programName(json.type) } as unknown as Frame;
}

export function frameToJson(frame: Frame): TypedJson {
  return { ...(jsonOf(frame) as TypedJson), type: documentName(frame.type) };
}
