import type { RawData } from 'ws';
import { Value } from 'typebox/value';
import { TabFrameSchema, type TabFrame } from '../../shared/bridge/frames.ts';

export type ParsedFrame = { readonly frame: TabFrame } | { readonly problem: string };

/** Parses what a tab sent: returns a checked frame, or a sentence that says what was wrong. Never throws. */
export function parseTabFrame(data: RawData, isBinary: boolean): ParsedFrame {
  if (isBinary) return { problem: 'Frames are JSON in text, not binary.' };
  let value: unknown;
  try {
    value = JSON.parse(textOf(data));
  } catch {
    return { problem: 'This frame is not JSON.' };
  }
  if (!Value.Check(TabFrameSchema, value))
    return { problem: 'The gateway does not know this kind of frame.' };
  return { frame: value };
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
