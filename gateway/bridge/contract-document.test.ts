import { readFileSync } from 'node:fs';
import Type, { type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { AnswerSchema, CommandSchema, commandTypes, isForGuests } from '../../shared/bridge/commands.ts';
import {
  EphemeralEventSchema,
  EventCursorSchema,
  EventSchema,
  SnapshotSchema,
  eventTypes,
} from '../../shared/bridge/events.ts';
import { GatewayFrameSchema, TabFrameSchema } from '../../shared/bridge/frames.ts';
import { roomCommandRows } from '../../shared/bridge/rooms.ts';
import { SessionSchema } from '../../shared/bridge/schema.ts';
import { errors } from '../../shared/errors.ts';
import { refusals } from './refusals.ts';

const text = readFileSync(new URL('../../docs/BRIDGE.md', import.meta.url), 'utf8');

/** The schemas of the document's examples, by the word after ```json. */
const schemas: Record<string, TSchema> = {
  command: CommandSchema,
  answer: AnswerSchema,
  event: EventSchema,
  'tab-frame': TabFrameSchema,
  'gateway-frame': GatewayFrameSchema,
  'line-in': Type.Object({ id: Type.String(), command: CommandSchema }),
  'line-out': Type.Union([
    Type.Object({ cursor: EventCursorSchema, snapshot: SnapshotSchema }),
    Type.Object({ number: Type.Integer(), event: EventSchema }),
    Type.Object({ ephemeral: EphemeralEventSchema }),
    Type.Object({ id: Type.String(), answer: AnswerSchema }),
    Type.Object({ error: Type.String() }),
  ]),
};

const examples = [...text.matchAll(/^```json ([a-z-]+)\n(.*?)^```$/gms)].flatMap(
  ([, kind = '', lines = '']) =>
    lines
      .trimEnd()
      .split('\n')
      .map((line) => ({ kind, line, value: JSON.parse(line) as { type?: string } })),
);

function typesOf(schema: { anyOf: readonly { properties: object }[] }, field: string): string[] {
  return schema.anyOf.map(({ properties }) => {
    const found = (properties as Record<string, { const?: unknown } | undefined>)[field]?.const;
    if (typeof found !== 'string') throw new Error(`a member of the union has no ${field}`);
    return found;
  });
}

function rowOf(word: string): RegExp {
  return new RegExp(`^\\| \`${word}\` \\|`, 'm');
}

describe('docs/BRIDGE.md', () => {
  it.each(examples)('gives an example of the contract: $kind $line', ({ kind, value }) => {
    const schema = schemas[kind];
    expect(schema, `examples of ${kind} have no schema`).toBeDefined();
    expect(Value.Errors(schema!, value)).toEqual([]);
  });

  it.each([
    ['command', commandTypes],
    ['event', eventTypes],
  ])('has a row and an example for every %s', (kind, types) => {
    const shown = examples.filter((example) => example.kind === kind).map(({ value }) => value.type);
    for (const type of types) {
      expect(text).toMatch(rowOf(type));
      expect(shown).toContain(type);
    }
  });

  it.each([
    ['tab-frame', typesOf(TabFrameSchema, 'type')],
    ['gateway-frame', typesOf(GatewayFrameSchema, 'type')],
  ])('has an example for every %s', (kind, types) => {
    const shown = examples.filter((example) => example.kind === kind).map(({ value }) => value.type);
    expect(new Set(shown)).toEqual(new Set(types));
  });

  it('names every phase of the session, every field of the snapshot', () => {
    for (const phase of typesOf(SessionSchema, 'phase')) expect(text).toMatch(rowOf(phase));
    for (const field of Object.keys(SnapshotSchema.properties)) expect(text).toContain(`\`${field}\``);
  });

  it.each(['saved', 'sending', 'waiting', 'stored', 'delivered', 'failed'])(
    'names the delivery %s',
    (state) => {
      expect(text).toMatch(rowOf(state));
    },
  );

  it('names every command that a guest may give, and no other', () => {
    const section = /### Commands of guests\n[^]*?\n(?=### )/u.exec(text)?.[0] ?? '';
    const named = [...section.matchAll(/`([a-z-]+)`/gu)].map(([, type]) => type);
    const written = commandTypes.filter((type) => isForGuests(type) && !(type in roomCommandRows));
    expect(new Set(named)).toEqual(new Set([...written, 'room-', 'not-for-guests']));
  });

  it('has every code, with its sentence', () => {
    for (const [code, { sentence, retry }] of Object.entries(errors)) {
      expect(text).toContain(`| \`${code}\` | ${sentence} | ${retry ? 'yes' : 'no'} |`);
    }
    for (const [code, { status }] of Object.entries(refusals)) {
      expect(text).toMatch(new RegExp(`^\\| \`${code}\` \\| ${status}`, 'm'));
    }
  });
});
