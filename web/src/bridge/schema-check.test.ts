import fc from 'fast-check';
import Value from 'typebox/value';
import { expect, it } from 'vitest';
import { bridgeVersion as versionOfTable } from '../../../shared/bridge/frames.ts';
import { bob, messageOf, roomViewOf, snapshotOf } from '../../../shared/model/samples.ts';
import { sourceOf } from '../../../scripts/web-app/evaluated-module.ts';
import * as checked from './checked-schemas.ts';
import { fits, type JsonSchema } from './schema-check.ts';

const { gatewayFrame, storedCommand } = checked;
const cursor = { epoch: '0123456789abcdef', number: 7 };
const snapshot = snapshotOf({ rooms: [roomViewOf(1, 'lab')] });
const command = { type: 'retry', id: messageOf(1).id };

/** Values that fit, of both schemas. */
const frames: readonly object[] = [
  { type: 'not-admitted' },
  { type: 'snapshot', cursor, snapshot },
  {
    type: 'event',
    number: 8,
    event: { type: 'message', message: messageOf(1), unread: 1, mentions: 0, backlog: false },
  },
  {
    type: 'event',
    number: 9,
    event: { type: 'read', conversation: messageOf(1).conversation, unread: 0, mentions: 0 },
  },
  { type: 'answer', id: '1', answer: { status: 'done' } },
  {
    type: 'answer',
    id: '2',
    answer: { status: 'refused', code: 'nickname-taken', sentence: 'Taken.', retry: false },
  },
];
const stored: readonly object[] = [
  { id: 'a', owner: null, command, typedAtMs: 0 },
  { id: 'b', owner: bob, command, typedAtMs: 1.5, refusal: { code: 'nickname-taken', retry: true } },
];

/** Replaces, removes or adds one part of a value. */
function changed(value: unknown, path: readonly number[], part: unknown): unknown {
  if (typeof value !== 'object' || value === null || path.length === 0) return part;
  const keys = Object.keys(value);
  const key = keys[(path[0] ?? 0) % (keys.length + 1)] ?? 'added';
  const entries = new Map<string, unknown>(Object.entries(value));
  const inner = changed(entries.get(key), path.slice(1), part);
  if (inner === undefined) entries.delete(key);
  else entries.set(key, inner);
  return Array.isArray(value) ? [...entries.values()] : Object.fromEntries(entries);
}

const parts = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constant(undefined),
  fc.constantFrom(-1, 0.5, 2 ** 53, '', 'x'.repeat(65), [], {}, bob, 'all', 'nickname-taken'),
);

it.each([
  ['frame of the gateway', gatewayFrame, frames],
  ['stored command', storedCommand, stored],
] as const)(
  'answers as TypeBox for each sample of a %s, and for what differs from one',
  (_, schema, samples) => {
    for (const sample of samples) expect(fits(schema, sample), JSON.stringify(sample)).toBe(true);
    const cases = fc.tuple(fc.constantFrom(...samples), fc.array(fc.nat(40), { maxLength: 6 }), parts);
    fc.assert(
      fc.property(cases, ([sample, path, part]) => {
        const value = changed(sample, path, part);
        expect(fits(schema, value)).toBe(Value.Check(schema, value));
      }),
      { numRuns: 2_000 },
    );
  },
);

const known = new Set(
  [
    'type const enum anyOf pattern minLength maxLength minimum maximum multipleOf items minItems maxItems',
    'required properties patternProperties',
  ].flatMap((line) => line.split(' ')),
);

/** Returns the keywords of a schema and of all schemas in it. */
function keywordsOf(schema: JsonSchema): readonly string[] {
  const inner = [
    ...(schema.anyOf ?? []),
    ...(schema.items === undefined ? [] : [schema.items]),
    ...Object.values(schema.properties ?? {}),
    ...Object.values(schema.patternProperties ?? {}),
  ];
  return [...Object.keys(schema), ...inner.flatMap(keywordsOf)];
}

it('knows every keyword of the schemas of the bridge', () => {
  const used = [gatewayFrame, storedCommand].flatMap(keywordsOf);
  expect(used.filter((keyword) => !known.has(keyword))).toEqual([]);
});

it('is built with the same schemas, each shared part written once', async () => {
  const source = sourceOf(checked);
  const built: unknown = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  expect(JSON.parse(JSON.stringify(built))).toEqual(JSON.parse(JSON.stringify(checked)));
  expect(source.length).toBeLessThan(JSON.stringify(checked).length * 0.75);
  expect(checked.bridgeVersion).toBe(versionOfTable);
});
