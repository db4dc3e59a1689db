import Type, { type StaticDecode } from 'typebox';
import { pieceBytes, pieceLeaves } from '../files/tree.ts';
import { fileBytesMax, fileRangesMax } from '../limits.ts';
import {
  CodeField,
  LeafField,
  LeafHashesField,
  MessageIdField,
  PieceHashesField,
  PieceNumberField,
  ProofField,
  RoomIdField,
  SequenceField,
  named,
} from './fields.ts';

/** The messages between clients about files (PROTOCOL 13.7 to 13.12). */

/** Names an offer by the message that makes it: in a room, or in the conversation of the two. */
export const OfferSchema = Type.Object(
  { room: Type.Optional(RoomIdField), of: MessageIdField },
  named('offer'),
);
export type Offer = StaticDecode<typeof OfferSchema>;

const piecesMax = fileBytesMax / pieceBytes;

/** So many pieces, the first of them `from`. */
export const PieceRangeSchema = Type.Object(
  { from: PieceNumberField, count: Type.Integer({ minimum: 1, maximum: piecesMax }) },
  named('piece-range'),
);
export type PieceRange = StaticDecode<typeof PieceRangeSchema>;

/** Names a `file-get` of the asker in the answers to it. */
const request = SequenceField;

/**
 * Asks the author for a part of the piece layer, or for pieces. Answered with `file-hashes`, or with `file-piece` and `file-leaf` for
 * each piece, or with `file-no`.
 */
const FileGet = Type.Refine(
  Type.Object({
    kind: Type.Literal('file-get'),
    /** Chosen by the asker, rising on a connection. */
    request,
    at: OfferSchema,
    hashes: Type.Optional(PieceRangeSchema),
    pieces: Type.Optional(Type.Array(PieceRangeSchema, { minItems: 1, maxItems: fileRangesMax })),
  }),
  ({ hashes, pieces }) =>
    (hashes === undefined) !== (pieces === undefined) &&
    areRising([...(pieces ?? []), ...(hashes ? [hashes] : [])]),
  () => 'hashes, or pieces each once',
);

/** Whether no piece is named twice, and the ranges are in their order. */
function areRising(ranges: readonly PieceRange[]): boolean {
  let next = 0;
  for (const { from, count } of ranges) {
    if (from < next) return false;
    next = from + count;
  }
  return next <= piecesMax;
}

/** A part of the piece layer, and what proves it against the root. */
const FileHashes = Type.Object({
  kind: Type.Literal('file-hashes'),
  request,
  from: PieceNumberField,
  hashes: PieceHashesField,
  proof: ProofField,
});

/** The hashes of the leaves of a piece. The leaves follow. */
const FilePiece = Type.Object({
  kind: Type.Literal('file-piece'),
  request,
  piece: PieceNumberField,
  leaves: LeafHashesField,
});

/** A leaf of the piece that came before. */
const FileLeaf = Type.Object({
  kind: Type.Literal('file-leaf'),
  request,
  piece: PieceNumberField,
  leaf: Type.Integer({ minimum: 0, maximum: pieceLeaves - 1 }),
  bytes: LeafField,
});

/** The author has no answer, or none any longer: what is still to come of the request does not come. */
const FileNo = Type.Object({
  kind: Type.Literal('file-no'),
  request,
  /** Of shared/files/refusals.ts, or of a later version. */
  code: CodeField,
});

/** The asker wants no more of a request. */
const FileStop = Type.Object({ kind: Type.Literal('file-stop'), request });

/** How far the asker is with a file. Not answered. */
const FileState = Type.Object({
  kind: Type.Literal('file-state'),
  at: OfferSchema,
  state: Type.Union([
    Type.Literal('loading'),
    Type.Literal('paused'),
    Type.Literal('declined'),
    Type.Literal('cancelled'),
    Type.Literal('done'),
  ]),
  /** Pieces that the asker has verified. */
  pieces: Type.Integer({ minimum: 0, maximum: piecesMax }),
});

/** The author has the file for the asker again, after a pause or a time away. */
const FileReady = Type.Object({ kind: Type.Literal('file-ready'), at: OfferSchema });

export const fileMessageSchemas = {
  'file-get': FileGet,
  'file-hashes': FileHashes,
  'file-piece': FilePiece,
  'file-leaf': FileLeaf,
  'file-no': FileNo,
  'file-stop': FileStop,
  'file-state': FileState,
  'file-ready': FileReady,
} as const;

/** Whether a message between clients is about files. */
export function isFileMessage({ kind }: { readonly kind: string }): boolean {
  return Object.hasOwn(fileMessageSchemas, kind);
}
