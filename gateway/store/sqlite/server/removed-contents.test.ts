import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestFromBytes } from '../../../../shared/ids.ts';
import type { RoomContent } from '../../../../shared/rooms/content.ts';
import { bytesIn, temporaryFolder } from '../../../system-tests/temporary-folder.ts';
import { sampleId } from '../../sample.ts';
import { sampleLogEntry } from '../../server-rooms.contract.ts';
import { openServerStore } from './server-store.ts';

const secret = 'zanzibarquuxification';

describe('the words of a deleted message in a room', () => {
  it('are in no file of the store once it has erased, and neither are those of its edits', () => {
    const file = path.join(temporaryFolder(), 'server.sqlite');
    const store = openServerStore(file);
    const long = 'x'.repeat(9_000);
    const contents: RoomContent[] = [
      { kind: 'text', text: `hello ${secret}` },
      { kind: 'edit', of: sampleId(1), text: `${long} ${secret}` },
      { kind: 'text', text: 'another message' },
    ];
    store.begin();
    for (const [index, content] of contents.entries())
      store.rooms.append(sampleLogEntry(index + 1, content), digestFromBytes(new Uint8Array(32)));
    store.commit();
    expect(bytesIn(path.dirname(file)).includes(secret)).toBe(true);
    store.begin();
    store.rooms.eraseMessage(sampleLogEntry(1, contents[0]!).header.room, sampleId(1));
    store.commit();
    expect(store.erase()).toBe(true);
    const bytes = bytesIn(path.dirname(file));
    expect([bytes.includes(secret), bytes.includes('another message')]).toEqual([false, true]);
    store.close();
  });
});
