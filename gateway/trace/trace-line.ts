import { formatAddress } from '../../shared/address.ts';
import type { Trace } from '../../shared/trace.ts';

/** Returns one JSON line, with its line feed. docs/DEBUGGING.md describes the fields. */
export function traceLine(role: string, trace: Trace): string {
  return `${JSON.stringify(traceFields(role, trace))}\n`;
}

function traceFields(role: string, trace: Trace): Record<string, unknown> {
  const { type } = trace;
  const fields = { type, role, atMs: roundedMs(trace.atMs) };
  switch (type) {
    case 'sent':
      return { ...fields, ...trace, atMs: fields.atMs, to: formatAddress(trace.to) };
    case 'received':
      return { ...fields, ...trace, atMs: fields.atMs, from: formatAddress(trace.from) };
    case 'timer':
    case 'lost':
    case 'late':
    case 'event':
    case 'missing':
      return { ...fields, ...trace, atMs: fields.atMs };
    default:
      return trace satisfies never;
  }
}

/** The clock has a resolution of a microsecond at best; more digits only fill the file. */
export function roundedMs(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}
