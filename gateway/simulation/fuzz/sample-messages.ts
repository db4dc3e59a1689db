import { encode } from 'cborg';
import Type, { type TSchema } from 'typebox';
import Compile from 'typebox/compile';
import type { ByteMutator } from './byte-mutator.ts';

/** The parts of a TypeBox schema that a sample follows. */
interface SchemaParts {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly items?: TSchema;
  readonly anyOf?: readonly TSchema[];
}

const bytes = (byteCount: number, byte = 0xab): Uint8Array => new Uint8Array(byteCount).fill(byte);

/** A UUIDv7. */
const messageId = Uint8Array.of(1, 0x89, 0x0a, 0x5d, 0xac, 0x96, 0x77, 0x4b, 0xbc, 0xce, ...bytes(6));

/** Values of every type that a field of the protocol may have. Fields take those that their schema allows. */
const numbers: readonly unknown[] = [0, 1, 7, 300, 70_000, 1_700_000_000_000, -5];
const texts: readonly unknown[] = [
  'a',
  'alice',
  'text',
  '10.0.0.1:5',
  'too-often',
  '\u{1f600}',
  'x'.repeat(60),
];
const byteStrings = [8, 16, 32, 64, 100, 300].map((byteCount) => bytes(byteCount));
const others: readonly unknown[] = [true, false, null, messageId, [], {}];
const values = [...numbers, ...texts, ...byteStrings, ...others];

const fitting = new WeakMap<TSchema, readonly unknown[]>();

/** Returns the CBOR of a value that the schema allows, as far as `values` has what it takes. */
export function sampleOf(schema: TSchema, random: ByteMutator): Uint8Array {
  return encode(draw(schema, random, 0));
}

function draw(schema: TSchema, random: ByteMutator, depth: number): unknown {
  const { properties, items, anyOf } = schema as SchemaParts;
  if (properties !== undefined) {
    // Some fields stand only without another one.
    const present = Object.entries(properties).filter(
      ([, property]) => !Type.IsOptional(property) || random.below(2) === 0,
    );
    const entries = present.map(([name, property]) => [name, draw(property, random, depth + 1)]);
    return Object.fromEntries(entries) as unknown;
  }
  if (items !== undefined) {
    return Array.from({ length: 1 + random.below(3) }, () => draw(items, random, depth + 1));
  }
  if (anyOf !== undefined) return draw(random.oneOf(anyOf), random, depth + 1);
  const allowed = fittingValues(schema);
  return allowed.length > 0 ? random.oneOf(allowed) : random.oneOf(values);
}

function fittingValues(schema: TSchema): readonly unknown[] {
  let allowed = fitting.get(schema);
  if (allowed === undefined) {
    const { const: constant } = schema as { readonly const?: unknown };
    const validator = Compile(schema);
    allowed = [...values, constant].filter((value) => validator.Check(value));
    fitting.set(schema, allowed);
  }
  return allowed;
}
