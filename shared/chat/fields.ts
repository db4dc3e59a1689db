import Type from 'typebox';
import {
  checkIdFromBytes,
  fromHex,
  installationIdFromBytes,
  digestFromBytes,
  mailKeyIdFromBytes,
  messageIdFromBytes,
  messageIdToBytes,
  peerKeyFromBytes,
  peerKeyToBytes,
  roomIdFromBytes,
  serverEpochFromBytes,
  signingKeyFromBytes,
  signingKeyToBytes,
  type MessageId,
} from '../ids.ts';
import {
  defaultServerSettings,
  mapServerSettings,
  serverSettingsOf,
  type ServerSettings,
} from '../settings.ts';
import {
  candidatesMax,
  checkTargetsMax,
  contentBytesMax,
  fileBytesMax,
  filePreviewBytesMax,
  featureCharactersMax,
  featuresMax,
  messageTextBytesMax,
  roomCheckpointPartBytesMax,
  sealedBytesMax,
} from '../limits.ts';
import { checkFileName } from '../files/names.ts';
import { hashBytes, leafBytes, partPieces, pieceBytes, pieceLeaves } from '../files/tree.ts';
import { textBytes } from '../message.ts';
import { parseNickname } from '../nickname.ts';
import type { CddlName } from './cddl.ts';

/** Fields of protocol messages: bytes in CBOR, precise types here. Each field checks what it reads. */

/** The name of a field's type in CDDL (shared/chat/cddl.ts), as an option of its schema. */
export function named(cddl: CddlName): { readonly cddl: CddlName } {
  return { cddl };
}

function fixedBytes(length: number, name: CddlName) {
  return Type.Refine(
    Type.Unsafe<Uint8Array>(named(name)),
    (value) => value instanceof Uint8Array && value.length === length,
    () => `${length} bytes`,
  );
}

/** 32 bytes. */
export const KeyField = Type.Codec(fixedBytes(32, 'key')).Decode(peerKeyFromBytes).Encode(peerKeyToBytes);

/** 32 bytes. The reader checks that it belongs to the peer key (PROTOCOL 6.55). */
export const SigningKeyField = Type.Codec(fixedBytes(32, 'signing-key'))
  .Decode(signingKeyFromBytes)
  .Encode(signingKeyToBytes);

/** 16 bytes of a UUIDv7 (RFC 9562). */
export const MessageIdField = Type.Codec(
  Type.Refine(
    fixedBytes(16, 'message-id'),
    // The version and the variant (RFC 9562 section 5.7).
    (bytes) => (bytes[6] ?? 0) >> 4 === 7 && (bytes[8] ?? 0) >> 6 === 2,
    () => 'a UUIDv7',
  ),
)
  .Decode((bytes): MessageId => {
    const id = messageIdFromBytes(bytes);
    if (id === undefined) throw new RangeError('not a UUIDv7');
    return id;
  })
  .Encode(messageIdToBytes);

/** 8 bytes. */
export const InstallationField = Type.Codec(fixedBytes(8, 'installation'))
  .Decode(installationIdFromBytes)
  .Encode(fromHex);
export const MailKeyIdField = Type.Codec(fixedBytes(8, 'key-id')).Decode(mailKeyIdFromBytes).Encode(fromHex);
export const CheckIdField = Type.Codec(fixedBytes(8, 'check-id')).Decode(checkIdFromBytes).Encode(fromHex);
export const EpochField = Type.Codec(fixedBytes(8, 'epoch')).Decode(serverEpochFromBytes).Encode(fromHex);

/** 16 bytes. */
export const RoomIdField = Type.Codec(fixedBytes(16, 'room-id')).Decode(roomIdFromBytes).Encode(fromHex);

/** 32 bytes of SHA-256. */
export const DigestField = Type.Codec(fixedBytes(32, 'digest')).Decode(digestFromBytes).Encode(fromHex);

/** Counts and times: exact integers only, never negative. */
export const CountField = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, ...named('count') });
export const SequenceField = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  ...named('sequence'),
});
/** Milliseconds since 1970. A wrong clock may be before that. */
export const WallClockField = Type.Integer({ minimum: -8.64e15, maximum: 8.64e15, ...named('wall-clock') });

/** The kind of an entry: one of this version (shared/rooms/content.ts), or of a later one. */
export const EntryKindField = Type.String({
  minLength: 1,
  maxLength: 32,
  pattern: '^[a-z-]+$',
  ...named('entry-kind'),
});

/** The name of a room as the rules for nicknames prepare it (PROTOCOL 6.69). */
export const RoomNameField = Type.Refine(
  Type.String({ minLength: 1, ...named('room-name') }),
  (name) => {
    const parsed = parseNickname(name);
    return 'nickname' in parsed && parsed.nickname === name;
  },
  () => 'a prepared name',
);

/** A nickname from the wire: bounded here, checked by shared/nickname.ts. */
export const NicknameField = Type.String({ maxLength: 128 });

/** A code of shared/chat/codes.ts, or one of a later version. */
export const CodeField = Type.String({ maxLength: 64 });

/** Milliseconds until another attempt can help. Without it, none can. */
export const RetryAfterField = Type.Optional(CountField);

/** Features (shared/chat/features.ts), sorted, each once. */
export const FeaturesField = Type.Refine(
  Type.Array(
    Type.String({
      minLength: 1,
      maxLength: featureCharactersMax,
      pattern: '^[a-z0-9-]+$',
      ...named('feature'),
    }),
    { maxItems: featuresMax },
  ),
  (features) => features.every((feature, index) => index === 0 || (features[index - 1] ?? '') < feature),
  () => 'a sorted list of features',
);

/** Formatted addresses. The code that uses an address parses and checks it. */
export const CandidatesField = Type.Array(Type.String({ maxLength: 64 }), { maxItems: candidatesMax });

/** UDP ports from which a client tries another one. */
export const PortsField = Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), {
  maxItems: checkTargetsMax,
});

/** Addresses that a client tried, and what came back. A later version may know more states. */
export const TriedField = Type.Array(
  Type.Object({ address: Type.String({ maxLength: 64 }), state: Type.String({ maxLength: 64 }) }),
  { maxItems: candidatesMax },
);

/**
 * A boolean for each setting that the server knows (shared/settings.ts). The server keeps no others. A setting that is
 * absent has its default, because an earlier version does not know it.
 */
export const ServerSettingsField = Type.Codec(
  Type.Unsafe<Partial<ServerSettings>>(Type.Object(mapServerSettings(() => Type.Optional(Type.Boolean())))),
)
  .Decode((told): ServerSettings => mapServerSettings((name) => told[name] ?? defaultServerSettings[name]))
  .Encode(serverSettingsOf);

/** The format of an envelope. A server keeps envelopes of any format. */
export const EnvelopeFormatField = Type.Integer({ minimum: 1, maximum: 255 });

/** The type of an envelope's content. A later version may know more types. */
export const EnvelopeTypeField = Type.String({
  minLength: 1,
  maxLength: 32,
  pattern: '^[a-z-]+$',
  ...named('envelope-type'),
});

/** Bytes of this length as a Uint8Array of their own, not as a part of the message that brought them. */
function plainBytes(length: number, name: CddlName) {
  return Type.Codec(fixedBytes(length, name))
    .Decode((bytes): Uint8Array => new Uint8Array(bytes))
    .Encode((bytes) => bytes);
}

/** 64 bytes of Ed25519. */
export const SignatureField = plainBytes(64, 'signature');

/** A mail key: 32 bytes of X25519, and 64 bytes of Ed25519 (PROTOCOL 9.20). */
export const MailKeyField = Type.Object({
  keyId: MailKeyIdField,
  kind: Type.Union([Type.Literal('weekly'), Type.Literal('one-time')]),
  publicKey: plainBytes(32, 'mail-public-key'),
  expiresAtMs: WallClockField,
  signature: SignatureField,
});

/** The host of a guest, signed by both (PROTOCOL 6.114). */
export const GuestOfField = Type.Object({
  host: KeyField,
  hostSigningKey: SigningKeyField,
  hostSignature: SignatureField,
  guestSignature: SignatureField,
});

/** Proves the join code of the server for this connection (PROTOCOL 6.85). */
export const JoinProofField = plainBytes(32, 'join-proof');

/** A sealed content (PROTOCOL 9.2). */
export const SealedField = Type.Refine(
  Type.Unsafe<Uint8Array>(named('sealed')),
  (value) => value instanceof Uint8Array && value.length <= sealedBytesMax,
  () => 'a sealed content',
);

/** A text of 1 byte to `messageTextBytesMax` in UTF-8. */
export const MessageTextField = Type.Refine(
  Type.String({ minLength: 1, ...named('message-text') }),
  (text) => textBytes(text) <= messageTextBytesMax,
  () => 'a text within the limit',
);

/** The body of a direct message: a content. */
export const BodyField = Type.Refine(
  Type.Unsafe<Uint8Array>(named('body')),
  (value) => value instanceof Uint8Array && value.length <= contentBytesMax,
  () => 'a body',
);

/** The content of an entry of a room. */
export const RoomBodyField = Type.Refine(
  Type.Unsafe<Uint8Array>(named('room-body')),
  (value) => value instanceof Uint8Array && value.length <= contentBytesMax,
  () => 'a content',
);

/** The name of a file, as data (PROTOCOL 13.14). */
export const FileNameField = Type.Refine(
  Type.String({ ...named('file-name') }),
  (name) => checkFileName(name) === 'ok',
  () => 'a name of a file',
);

export const FileSizeField = Type.Integer({ minimum: 0, maximum: fileBytesMax, ...named('file-size') });

/** What the author takes a file for: a type and a subtype (RFC 6838), in lower case. */
export const MediaTypeField = Type.String({
  maxLength: 127,
  pattern: '^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$',
  ...named('media-type'),
});

/** A small picture: bytes in CBOR, base64 elsewhere, because contents are kept and told as JSON. */
export const PreviewField = Type.Codec(
  Type.Refine(
    Type.Unsafe<Uint8Array>(named('preview')),
    (value) => value instanceof Uint8Array && value.length > 0 && value.length <= filePreviewBytesMax,
    () => 'a preview',
  ),
)
  .Decode((bytes): string => btoa(String.fromCharCode(...bytes)))
  .Encode((text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));

/** The number of a piece of a file, from 0. */
export const PieceNumberField = Type.Integer({
  minimum: 0,
  maximum: fileBytesMax / pieceBytes - 1,
  ...named('piece-number'),
});

function hashList(most: number, name: CddlName) {
  return Type.Refine(
    Type.Unsafe<Uint8Array>(named(name)),
    (value) =>
      value instanceof Uint8Array && value.length <= most * hashBytes && value.length % hashBytes === 0,
    () => `at most ${most} hashes`,
  );
}

/** Hashes of a part of the piece layer, of the leaves of a piece, and the proof of a part (PROTOCOL 13.4). */
export const PieceHashesField = hashList(partPieces, 'piece-hashes');
export const LeafHashesField = hashList(pieceLeaves, 'leaf-hashes');
export const ProofField = hashList(Math.log2(fileBytesMax / pieceBytes / partPieces), 'proof');

/** The bytes of a leaf of a file. */
export const LeafField = Type.Refine(
  Type.Unsafe<Uint8Array>(named('leaf')),
  (value) => value instanceof Uint8Array && value.length > 0 && value.length <= leafBytes,
  () => 'a leaf',
);

/** A part of an encoded checkpoint (PROTOCOL 10.24). */
export const CheckpointPartField = Type.Refine(
  Type.Unsafe<Uint8Array>(named('checkpoint-part')),
  (value) => value instanceof Uint8Array && value.length <= roomCheckpointPartBytesMax,
  () => 'a part of a checkpoint',
);
