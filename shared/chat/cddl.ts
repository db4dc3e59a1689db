import type { TSchema } from 'typebox';
import { hashBytes, leafBytes, partPieces, pieceBytes, pieceLeaves } from '../files/tree.ts';
import {
  contentBytesMax,
  featureCharactersMax,
  fileBytesMax,
  filePreviewBytesMax,
  messageTextBytesMax,
  roomCheckpointPartBytesMax,
  sealedBytesMax,
} from '../limits.ts';

const filePieces = fileBytesMax / pieceBytes;

/**
 * Writes the schemas of protocol messages as CDDL (RFC 8610), for docs/protocol/chat.md, rooms.md and files.md. A schema with the option `cddl` is
 * written as that name; `cddlNames` has the definition of each.
 */
const cddlNames = {
  key: { type: 'bytes .size 32', note: 'an X25519 public key' },
  'signing-key': { type: 'bytes .size 32', note: 'an Ed25519 public key (6.55)' },
  'message-id': { type: 'bytes .size 16', note: 'a UUIDv7 (RFC 9562)' },
  installation: { type: 'bytes .size 8', note: '' },
  epoch: { type: 'bytes .size 8', note: '' },
  'key-id': { type: 'bytes .size 8', note: '' },
  'check-id': { type: 'bytes .size 8', note: '' },
  'room-id': { type: 'bytes .size 16', note: '' },
  digest: { type: 'bytes .size 32', note: 'SHA-256 (FIPS 180-4)' },
  'mail-public-key': { type: 'bytes .size 32', note: 'an X25519 public key of one installation (9.20)' },
  signature: { type: 'bytes .size 64', note: 'Ed25519 (6.56)' },
  'join-proof': { type: 'bytes .size 32', note: 'HMAC-SHA-256 (6.85)' },
  count: { type: '0..9007199254740991', note: '' },
  sequence: { type: '1..9007199254740991', note: '' },
  'wall-clock': {
    type: '-8640000000000000..8640000000000000',
    note: 'milliseconds since 1970-01-01T00:00:00Z',
  },
  'envelope-type': { type: 'tstr .regexp "[a-z-]{1,32}"', note: '' },
  sealed: { type: `bytes .size (0..${sealedBytesMax})`, note: 'a sealed content (9.2)' },
  body: { type: `bytes .size (0..${contentBytesMax})`, note: 'a content (6.4)' },
  'room-body': { type: `bytes .size (0..${contentBytesMax})`, note: 'the content of an entry (10.13)' },
  'room-name': { type: 'tstr', note: 'a prepared nickname (6.69)' },
  'entry-kind': { type: 'tstr .regexp "[a-z-]{1,32}"', note: '' },
  'message-text': { type: 'tstr', note: `1 to ${messageTextBytesMax} bytes in UTF-8` },
  'other-kind': { type: 'tstr', note: '1 to 64 code points, and no kind of 10.14' },
  'checkpoint-part': {
    type: `bytes .size (0..${roomCheckpointPartBytesMax})`,
    note: 'a part of an encoded checkpoint (10.24)',
  },
  'file-name': { type: 'tstr', note: '1 to 255 bytes in UTF-8 (13.14)' },
  'file-size': { type: `0..${fileBytesMax}`, note: 'bytes' },
  'media-type': { type: 'tstr', note: 'at most 127 characters (13.15)' },
  preview: { type: `bytes .size (1..${filePreviewBytesMax})`, note: 'a picture (13.16)' },
  'piece-number': { type: `0..${filePieces - 1}`, note: 'from 0' },
  'piece-hashes': { type: `bytes .size (0..${partPieces * hashBytes})`, note: 'whole hashes of 32 bytes' },
  'leaf-hashes': { type: `bytes .size (0..${pieceLeaves * hashBytes})`, note: 'whole hashes of 32 bytes' },
  proof: {
    type: `bytes .size (0..${Math.log2(filePieces / partPieces) * hashBytes})`,
    note: 'whole hashes of 32 bytes',
  },
  leaf: { type: `bytes .size (1..${leafBytes})`, note: '' },
  feature: { type: `tstr .regexp "[a-z0-9-]{1,${featureCharactersMax}}"`, note: '' },
} as const satisfies Record<string, { readonly type: string; readonly note: string }>;

/** Schemas that are rules of their own, because several others contain them. */
type CddlRuleName = 'log-point' | 'signed-entry' | 'log-entry' | 'signed-head' | 'offer' | 'piece-range';

export type CddlName = keyof typeof cddlNames | CddlRuleName;

/** The definitions of all names that the rules use, one a line. */
export function cddlDefinitions(rules: string): string {
  // The name of a field ends with a colon, and the name of a rule stands before an equals sign.
  const used = new Set(rules.match(/(?<![\w"-])[a-z][a-z0-9-]*(?![\w":-]| =)/g));
  const named = Object.entries(cddlNames)
    .filter(([name]) => used.has(name))
    .map(([name, { type, note }]) => `${name} = ${type}${note === '' ? '' : ` ; ${note}`}`);
  const lengths = [...new Set([...rules.matchAll(/\btext-(\d+)\b/g)].map(([, length]) => Number(length)))];
  const texts = lengths
    .toSorted((one, other) => one - other)
    .map((length) => `text-${length} = tstr ; at most ${length} code points`);
  return [...named, ...texts].join('\n');
}

/** One rule: `name = { ... }`. Throws RangeError for a schema that this writer does not know: a bug of the schema's author. */
export function cddlRule(name: string, schema: TSchema): string {
  const { cddl: _, ...rest }: Schema = schema;
  return `${name} = ${typeOf(rest, '')}`;
}

/** The parts of a JSON schema that the protocol uses. */
interface Schema {
  readonly cddl?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.cddl !== undefined) return schema.cddl;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map((member) => typeOf(member, indent)).join(' / ');
  switch (schema.type) {
    case 'boolean':
      return 'bool';
    case 'null':
      return 'null';
    case 'integer':
      return rangeOf(schema);
    case 'string':
      return textOf(schema);
    case 'array':
      return `[${occurrence(schema)} ${typeOf(schema.items ?? {}, indent)}]`;
    case 'object':
      return mapOf(schema, indent);
    default:
      throw new RangeError(`a schema without a CDDL name: ${JSON.stringify(schema)}`);
  }
}

function rangeOf({ minimum, maximum }: Schema): string {
  if (minimum === undefined || maximum === undefined) throw new RangeError('an integer without bounds');
  return `${minimum}..${maximum}`;
}

/** The size of a `tstr` would count bytes, so its bound is said in the name. */
function textOf({ maxLength }: Schema): string {
  return maxLength === undefined ? 'tstr' : `text-${maxLength}`;
}

/** Readers ignore unknown fields, so each map takes more of them. */
function mapOf({ properties = {}, required = [] }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const fields = Object.entries(properties).map(([field, schema]) => {
    const optional = required.includes(field) ? '' : '? ';
    return `${inner}${optional}${field}: ${typeOf(schema, inner)},`;
  });
  return ['{', ...fields, `${inner}* tstr => any,`, `${indent}}`].join('\n');
}

function occurrence({ minItems = 0, maxItems }: Schema): string {
  return `${minItems === 0 ? '' : minItems}*${maxItems ?? ''}`;
}
