import { foreign, type CborValue } from '../../shared/chat/cbor.ts';
import { fromHex, toHex } from '../../shared/ids.ts';
import type { Json } from './vector-files.ts';

/**
 * CBOR as JSON: a byte string is a text like h'00ff', as in the diagnostic notation of RFC 8949 section 8. No text of the vectors
 * looks like that.
 */
export function toNotation(value: CborValue | undefined): Json {
  if (value === undefined || value === foreign) throw new Error('the value has no form in JSON');
  if (value instanceof Uint8Array) return `h'${toHex(value)}'`;
  if (Array.isArray(value)) return value.map((item: CborValue) => toNotation(item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toNotation(field)]));
  return value;
}

export function fromNotation(json: Json): unknown {
  if (typeof json === 'string') {
    const [, hex] = /^h'([0-9a-f]*)'$/u.exec(json) ?? [];
    return hex === undefined ? json : fromHex(hex);
  }
  if (Array.isArray(json)) return json.map(fromNotation);
  if (typeof json === 'object' && json !== null)
    return Object.fromEntries(Object.entries(json).map(([name, field]) => [name, fromNotation(field)]));
  return json;
}
