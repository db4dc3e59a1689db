import type { RawData } from 'ws';
import { Value } from 'typebox/value';
import { TabFrameSchema, type TabFrame } from '../../shared/bridge/frames.ts';

export type FrameReading = { readonly frame: TabFrame } | { readonly problem: string };

/** The one door for what tabs send: a checked frame, or a sentence that says what was wrong. Never throws. */
export function readTabFrame(data: RawData, isBinary: boolean): FrameReading {
  if (isBinary) return { problem: 'Frames are JSON in text, not binary.' };
  let value: unknown;
  try {
    value = JSON.parse(textOf(data));
  } catch {
    return { problem: 'This frame is not JSON.' };
  }
  if (!Value.Check(TabFrameSchema, value)) return { problem: 'This frame is none that the gateway knows.' };
  return { frame: value };
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
