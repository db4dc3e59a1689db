import { describe, expect, it } from 'vitest';
import type { ClientStore } from './client-store.ts';
import type { FileRow } from './file-repository.ts';
import { sampleConversation, sampleId, sampleKey, sampleMe, sampleMessage, sampleOwn } from './sample.ts';

/** Describes the files of a ClientStore. `inTurn` gives an empty store inside of a turn. */
export function describeFiles(inTurn: (use: (store: ClientStore) => void) => void): void {
  describe('files', () => {
    it('have the author and the conversation of their message', () =>
      inTurn((store) => {
        offered(store, 1);
        expect(store.files.find(sampleId(1))).toEqual({
          ...row(1),
          author: sampleKey(1),
          conversation: sampleConversation(1),
          pieces: 0,
        });
        expect(store.files.find(sampleId(2))).toBeUndefined();
      }));

    it('change, and keep their bitmap and their peers', () =>
      inTurn((store) => {
        offered(store, 1);
        store.files.setBitmap(sampleId(1), Uint8Array.of(5), 2);
        store.files.putPeer(sampleId(1), { peer: sampleKey(3), state: 'loading', pieces: 1 });
        store.files.putPeer(sampleId(1), { peer: sampleKey(3), state: 'done', pieces: 7 });
        const changed = {
          ...row(1),
          state: 'failed',
          code: 'disk-full',
          hashParts: 3,
          byItselfAtMs: 4,
        } as const;
        store.files.put(changed);
        expect(store.files.find(sampleId(1))).toMatchObject({ ...changed, pieces: 2 });
        expect(store.files.bitmap(sampleId(1))).toEqual(Uint8Array.of(5));
        expect(store.files.peersOf(sampleId(1))).toEqual([{ peer: sampleKey(3), state: 'done', pieces: 7 }]);
      }));

    it('keep where the bytes of an own file are', () =>
      inTurn((store) => {
        const { blob } = row(1);
        const sources = [
          { type: 'blob', blob },
          { type: 'path', path: '/home/a b/ü', blob, mtimeMs: 1.5, inode: '12345678901234567890' },
        ] as const;
        for (const source of sources) {
          store.messages.insert(sampleOwn(1));
          store.files.put({ ...row(1), source });
          expect(store.files.find(sampleId(1))).toMatchObject({ source, author: sampleMe });
        }
      }));

    it('are listed page by page, the newest last', () =>
      inTurn((store) => {
        for (const number of [3, 1, 2]) offered(store, number);
        const ids = (before: number | null) =>
          store.files.page(before === null ? null : sampleId(before), 2).map(({ of }) => of);
        expect(ids(null)).toEqual([sampleId(1), sampleId(2)]);
        expect(ids(1)).toEqual([sampleId(3)]);
      }));

    it('are found by their state, and by what their author does not know', () =>
      inTurn((store) => {
        offered(store, 1, { state: 'accepted' });
        offered(store, 2, { told: false });
        expect(store.files.inState('accepted').map(({ of }) => of)).toEqual([sampleId(1)]);
        expect(store.files.untold(sampleKey(1)).map(({ of }) => of)).toEqual([sampleId(2)]);
        expect(store.files.untold(sampleKey(2))).toEqual([]);
      }));

    it('are orphans when their message is deleted or gone, until they are removed', () =>
      inTurn((store) => {
        for (const number of [1, 2, 3]) offered(store, number);
        store.files.putPeer(sampleId(2), { peer: sampleKey(3), state: 'done', pieces: 1 });
        store.messages.remove(sampleId(1));
        store.messages.erase(sampleId(2));
        expect(store.files.orphans(10).toSorted()).toEqual([sampleId(1), sampleId(2)]);
        expect(store.files.orphans(1)).toHaveLength(1);
        expect(store.files.blobOf(sampleId(1))).toEqual(row(1).blob);
        for (const number of [1, 2]) store.files.remove(sampleId(number));
        expect(store.files.orphans(10)).toEqual([]);
        expect(store.files.blobOf(sampleId(1))).toBeUndefined();
        expect(store.files.peersOf(sampleId(2))).toEqual([]);
      }));

    it('count the messages that need a blob', () =>
      inTurn((store) => {
        const { blob } = row(1);
        offered(store, 1);
        expect(store.files.usersOf(blob)).toBe(0);
        store.files.put({ ...row(1), state: 'done' });
        offered(store, 2, { state: 'accepted', blob });
        offered(store, 3, { state: 'accepted', blob: { ...blob, size: blob.size + 1 } });
        expect(store.files.usersOf(blob)).toBe(2);
        offered(store, 4, { blob, source: { type: 'blob', blob } });
        expect(store.files.usersOf(blob)).toBe(3);
        // What is at a path of the user is no blob.
        offered(store, 5, { blob, source: { type: 'path', path: '/a', blob, mtimeMs: 0, inode: '1' } });
        expect(store.files.usersOf(blob)).toBe(3);
      }));

    it('add up what loaded by itself of one author since a time', () =>
      inTurn((store) => {
        offered(store, 1, { byItselfAtMs: 10 });
        offered(store, 2, { byItselfAtMs: 20 });
        offered(store, 3, { byItselfAtMs: null });
        expect(store.files.bytesByThemselves(sampleKey(1), 10)).toBe(row(2).blob.size);
        expect(store.files.bytesByThemselves(sampleKey(1), 9)).toBe(row(1).blob.size + row(2).blob.size);
        expect(store.files.bytesByThemselves(sampleKey(2), 0)).toBe(0);
      }));

    it('follow their author to another key', () =>
      inTurn((store) => {
        store.contacts.put({
          key: sampleKey(1),
          signingKey: null,
          nickname: 'bob',
          candidates: [],
          classic: null,
          verified: false,
          features: [],
          acceptance: 'allowed',
          guestOf: null,
        });
        offered(store, 1);
        store.rekey(sampleKey(1), sampleKey(7));
        expect(store.files.find(sampleId(1))).toMatchObject({
          author: sampleKey(7),
          conversation: sampleConversation(7),
        });
      }));
  });
}

function row(number: number): FileRow {
  return {
    of: sampleId(number),
    blob: { root: new Uint8Array(32).fill(number), size: 1_000 * number },
    state: 'offered',
    code: null,
    source: null,
    hashParts: 0,
    told: true,
    byItselfAtMs: null,
  };
}

function offered(store: ClientStore, number: number, change: Partial<FileRow> = {}): void {
  store.messages.insert(sampleMessage(number));
  store.files.put({ ...row(number), ...change });
}
