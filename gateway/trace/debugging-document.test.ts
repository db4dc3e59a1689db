import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectedLan, smallLan, type TransportFixture } from '../simulation/transport/transport-fixture.ts';
import type { EndpointNode } from '../simulation/transport/endpoint-node.ts';
import { runChatStorm } from '../simulation/chat/chat-storm.ts';
import { runTransportStorm } from '../simulation/transport/transport-storm.ts';
import { traceFileBytesMax } from './trace-file.ts';
import { traceLine } from './trace-line.ts';

/** The section "Traces" of docs/DEBUGGING.md. */
const section = sectionOf(fs.readFileSync(path.join(import.meta.dirname, '../../docs/DEBUGGING.md'), 'utf8'));
const [lineTypes = '', lineFields = '', packetFields = '', frameTypes = ''] = section
  .split(/\n\n+/u)
  .filter((paragraph) => paragraph.startsWith('|'));

function sectionOf(document: string): string {
  const [, text = ''] = /\n## Traces\n(.*?)(?=\n## |$)/su.exec(document) ?? [];
  return text;
}

/** The cells of each row of a table, without the head. */
function rowsOf(table: string): string[][] {
  const rows = table.split('\n').slice(2);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function codeIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/gu)].map(([, code = '']) => code);
}

/** By the type of a line, or of a frame: the names of its fields. */
function fieldsByType(table: string): Map<string, string[]> {
  return new Map(rowsOf(table).map((cells) => [codeIn(cells[0])[0] ?? '', codeIn(cells.at(-1))]));
}

type Json = Record<string, unknown>;

/** Lines of every type that a transport can write. */
function simulatedLines(): Json[] {
  const lines: Json[] = [];
  const onTrace = (role: string, trace: Parameters<typeof traceLine>[1]): void => {
    lines.push(JSON.parse(traceLine(role, trace)) as Json);
  };
  runTransportStorm(20, { onTrace });
  for (const seed of [1, 2, 3]) runTransportStorm(seed, { onTrace });
  runChatStorm(1, { onTrace });
  const overflowing = connectedLan();
  overflowing.low.endpoint.setTracesMax(1);
  overflowing.low.send(overflowing.high.key, 'chat', 'hello');
  overflowing.network.run(100);
  drain(overflowing.low, onTrace);
  const transfer = connectedLan();
  transfer.high.setTracesMax(100_000);
  for (let part = 0; part < 10; part++)
    transfer.low.send(transfer.high.key, 'bulk', 'x'.repeat(400_000), `${part}`);
  transfer.network.run(60_000);
  drain(transfer.high, onTrace);
  return lines;
}

function drain(
  node: EndpointNode,
  onTrace: (role: string, trace: Parameters<typeof traceLine>[1]) => void,
): void {
  for (let trace = node.pollTrace(); trace !== undefined; trace = node.pollTrace()) onTrace('low', trace);
}

function packetOf(line: Json): Json | undefined {
  return (line['packet'] as Json | null | undefined) ?? undefined;
}

function framesOf(line: Json): Json[] {
  return (packetOf(line)?.['frames'] ?? []) as Json[];
}

const lines = simulatedLines();
const byType = fieldsByType(lineTypes);
const frameFieldsByType = fieldsByType(frameTypes);
const example = [...(/```jsonl\n(.*?)```/su.exec(section)?.[1]?.trimEnd().split('\n') ?? [])].map(
  (line) => JSON.parse(line) as Json,
);

describe('docs/DEBUGGING.md, "Traces"', () => {
  it('names exactly the fields of each type of line', () => {
    for (const line of [...lines, ...example]) {
      const type = String(line['type']);
      expect(['type', ...(byType.get(type) ?? [])].sort(), type).toEqual(Object.keys(line).sort());
    }
    const written = new Set([...lines, ...example].map(({ type }) => type));
    expect([...byType.keys()].sort()).toEqual([...written].sort());
  });

  it('explains each field, and no other', () => {
    const explained = rowsOf(lineFields).flatMap(([cell]) => codeIn(cell));
    expect(explained.sort()).toEqual([...new Set([...byType.values()].flat())].sort());
  });

  it('names exactly the fields of a packet', () => {
    const explained = rowsOf(packetFields).flatMap(([cell]) => codeIn(cell));
    const packets = [...lines, ...example].map(packetOf).filter((packet) => packet !== undefined);
    expect(packets.length).toBeGreaterThan(100);
    for (const packet of packets) expect(Object.keys(packet).sort()).toEqual(explained.toSorted());
    const types = new Set(packets.map((packet) => packet['type']));
    const [typeRow = []] = rowsOf(packetFields);
    for (const type of types) expect(codeIn(typeRow[1])).toContain(type);
  });

  it('names exactly the fields of each type of frame', () => {
    const frames = [...lines, ...example].flatMap(framesOf);
    for (const frame of frames) {
      const type = String(frame['type']);
      expect(['type', ...(frameFieldsByType.get(type) ?? [])].sort(), type).toEqual(
        Object.keys(frame).sort(),
      );
    }
    const written = new Set(frames.map(({ type }) => String(type)));
    expect([...frameFieldsByType.keys()].sort()).toEqual([...written].sort());
  });

  it('lists every timer', () => {
    const row = rowsOf(lineFields).find(([cell]) => codeIn(cell).includes('timer'));
    const fired = new Set(lines.flatMap(({ type, timer }) => (type === 'timer' ? [String(timer)] : [])));
    expect(codeIn(row?.[1]).sort()).toEqual([...fired].sort());
  });

  it('tells the real maximum of a file', () => {
    expect(traceFileBytesMax).toBe(256 * 1024 * 1024);
    expect(section).toContain('At 256 MiB the trace ends');
  });
});

describe('the traces of a chat', () => {
  it('hold neither the text of a message nor a nickname', () => {
    const traced: string[] = [];
    const lan: TransportFixture = smallLan();
    for (const node of [lan.low, lan.high]) node.setTracesMax(1_000);
    lan.low.dial('dial', [lan.high.address], lan.high.key);
    lan.network.run(100);
    lan.low.send(lan.high.key, 'chat', 'the words of alice', 'token-1');
    lan.network.run(100);
    for (const node of [lan.low, lan.high]) drain(node, (role, trace) => traced.push(traceLine(role, trace)));
    const text = traced.join('');
    expect(text).toContain('token-1');
    expect(text).not.toMatch(/words|alice/u);
  });
});
