import { expect, it } from 'vitest';
import { parseMessageId } from './ids.ts';
import { idSource } from './new-id.ts';

it.each([-1e15, -1, 0, 0.5, 1_767_225_600_000, 1e15, 8.64e15])(
  'makes message ids at any time of the clock, also at %d ms',
  (wallMs) => {
    const newId = idSource(() => wallMs);
    const ids = Array.from({ length: 1_000 }, newId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual([...ids].sort());
    for (const id of ids) expect(parseMessageId(id)).toBe(id);
  },
);
