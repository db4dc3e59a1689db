import { toHex, type MessageId, type PeerKey } from '../../../../shared/ids.ts';
import type { BlobId, FileSource } from '../../../turn/file-disk.ts';
import type { FilePeer, FileRepository, FileRow, FileState, StoredFile } from '../../file-repository.ts';
import type { Database } from '../database.ts';
import {
  booleanOf,
  bytesOf,
  conversationIdOf,
  integerOf,
  jsonOf,
  messageIdOf,
  optional,
  peerKeyOf,
  textOf,
  unreadable,
  type Row,
} from '../rows.ts';
import type { Query, Write } from '../statements.ts';

/** A file with the author and the conversation of its message. */
const select = `
  SELECT file.message, file.root, file.size, file.state, file.code, file.source, file.hash_parts, file.told,
    file.by_itself_at_ms, file.pieces, peer.key AS author, conversation.id AS conversation
  FROM file
    JOIN message ON message.id = file.message
    JOIN peer ON peer.number = message.author
    JOIN conversation ON conversation.number = message.conversation`;

export class SqliteFiles implements FileRepository {
  readonly #put: Write;
  readonly #find: Query;
  readonly #page: Query;
  readonly #inState: Query;
  readonly #untold: Query;
  readonly #orphans: Query;
  readonly #blobOf: Query;
  readonly #removePeers: Write;
  readonly #remove: Write;
  readonly #bitmap: Query;
  readonly #setBitmap: Write;
  readonly #usersOf: Query;
  readonly #bytesByThemselves: Query;
  readonly #putPeer: Write;
  readonly #peersOf: Query;

  constructor(database: Database) {
    this.#put = database.write(`
      INSERT INTO file (message, root, size, state, code, source, hash_parts, told, by_itself_at_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (message) DO UPDATE SET
        root = excluded.root, size = excluded.size, state = excluded.state, code = excluded.code, source = excluded.source,
        hash_parts = excluded.hash_parts, told = excluded.told, by_itself_at_ms = excluded.by_itself_at_ms
      WHERE (root, size, state, code, source, hash_parts, told, by_itself_at_ms)
        IS NOT (excluded.root, excluded.size, excluded.state, excluded.code, excluded.source, excluded.hash_parts,
          excluded.told, excluded.by_itself_at_ms)`);
    this.#find = database.query(`${select} WHERE file.message = ?`);
    this.#page = database.query(`
      SELECT * FROM (${select}
        WHERE ?1 IS NULL OR file.number < (SELECT number FROM file WHERE message = ?1)
        ORDER BY file.number DESC LIMIT ?2)`);
    this.#inState = database.query(
      `${select} WHERE file.state = ? AND file.source IS NULL ORDER BY file.number`,
    );
    this.#untold = database.query(
      `${select} WHERE file.told = 0 AND file.source IS NULL AND peer.key = ? ORDER BY file.number`,
    );
    this.#orphans = database.query(`
      SELECT file.message FROM file LEFT JOIN message ON message.id = file.message
      WHERE message.number IS NULL OR message.kind IN ('deleted', 'erased') LIMIT ?`);
    this.#blobOf = database.query('SELECT root, size FROM file WHERE message = ?');
    this.#removePeers = database.write(
      'DELETE FROM file_peer WHERE file = (SELECT number FROM file WHERE message = ?)',
    );
    this.#remove = database.write('DELETE FROM file WHERE message = ?');
    this.#bitmap = database.query('SELECT bitmap FROM file WHERE message = ?');
    this.#setBitmap = database.write('UPDATE file SET bitmap = ?, pieces = ? WHERE message = ?');
    this.#usersOf = database.query(`
      SELECT count(*) AS users FROM file WHERE root = ? AND size = ? AND iif(source IS NULL,
        state IN ('accepted', 'paused', 'done') OR (state = 'failed' AND bitmap IS NOT NULL),
        source = '{"type":"blob"}' AND state IN ('offered', 'paused'))`);
    this.#bytesByThemselves = database.query(`
      SELECT coalesce(sum(file.size), 0) AS bytes FROM file
        JOIN message ON message.id = file.message JOIN peer ON peer.number = message.author
      WHERE file.by_itself_at_ms > ? AND peer.key = ?`);
    this.#putPeer = database.write(`
      INSERT INTO file_peer (file, peer, state, pieces) SELECT number, ?2, ?3, ?4 FROM file WHERE message = ?1
      ON CONFLICT (file, peer) DO UPDATE SET state = excluded.state, pieces = excluded.pieces
      WHERE (state, pieces) IS NOT (excluded.state, excluded.pieces)`);
    this.#peersOf = database.query(`
      SELECT peer, file_peer.state, file_peer.pieces FROM file_peer JOIN file ON file.number = file_peer.file
      WHERE file.message = ? ORDER BY peer`);
  }

  put({ of, blob, state, code, source, hashParts, told, byItselfAtMs }: FileRow): void {
    this.#put.run(
      of,
      blob.root,
      blob.size,
      state,
      code,
      source === null ? null : sourceText(source),
      hashParts,
      Number(told),
      byItselfAtMs,
    );
  }

  find(of: MessageId): StoredFile | undefined {
    const row = this.#find.get(of);
    return row === undefined ? undefined : fileFrom(row);
  }

  page(before: MessageId | null, limit: number): StoredFile[] {
    return this.#page.all(before, limit).map(fileFrom).toReversed();
  }

  inState(state: FileState): StoredFile[] {
    return this.#inState.all(state).map(fileFrom);
  }

  untold(author: PeerKey): StoredFile[] {
    return this.#untold.all(author).map(fileFrom);
  }

  orphans(limit: number): MessageId[] {
    return this.#orphans.all(limit).map((row) => messageIdOf(row, 'message'));
  }

  blobOf(of: MessageId): BlobId | undefined {
    const row = this.#blobOf.get(of);
    return row === undefined ? undefined : blobFrom(row);
  }

  remove(of: MessageId): void {
    this.#removePeers.run(of);
    this.#remove.run(of);
  }

  bitmap(of: MessageId): Uint8Array {
    const row = this.#bitmap.get(of);
    return (row === undefined ? undefined : optional(row, 'bitmap', bytesOf)) ?? new Uint8Array(0);
  }

  setBitmap(of: MessageId, bitmap: Uint8Array, pieces: number): void {
    this.#setBitmap.run(bitmap.length === 0 ? null : bitmap, pieces, of);
  }

  usersOf({ root, size }: BlobId): number {
    const row = this.#usersOf.get(root, size);
    return row === undefined ? 0 : integerOf(row, 'users');
  }

  bytesByThemselves(author: PeerKey, sinceMs: number): number {
    const row = this.#bytesByThemselves.get(sinceMs, author);
    return row === undefined ? 0 : integerOf(row, 'bytes');
  }

  putPeer(of: MessageId, { peer, state, pieces }: FilePeer): void {
    this.#putPeer.run(of, peer, state, pieces);
  }

  peersOf(of: MessageId): FilePeer[] {
    return this.#peersOf.all(of).map((row) => ({
      peer: peerKeyOf(row, 'peer'),
      state: oneOf(row, 'state', peerStates),
      pieces: integerOf(row, 'pieces'),
    }));
  }
}

const states: readonly FileState[] = [
  'offered',
  'accepted',
  'paused',
  'done',
  'declined',
  'cancelled',
  'failed',
  'removed',
];
const peerStates: readonly FilePeer['state'][] = ['loading', 'paused', 'declined', 'cancelled', 'done'];

function fileFrom(row: Row): StoredFile {
  const blob = blobFrom(row);
  return {
    of: messageIdOf(row, 'message'),
    blob,
    state: oneOf(row, 'state', states),
    code: optional(row, 'code', textOf) ?? null,
    source: row.get('source') === null ? null : sourceFrom(row, blob),
    hashParts: integerOf(row, 'hash_parts'),
    told: booleanOf(row, 'told'),
    byItselfAtMs: optional(row, 'by_itself_at_ms', integerOf) ?? null,
    pieces: integerOf(row, 'pieces'),
    author: peerKeyOf(row, 'author'),
    conversation: conversationIdOf(row, 'conversation'),
  };
}

function blobFrom(row: Row): BlobId {
  const root = bytesOf(row, 'root');
  return { root: root.length === 32 ? root : unreadable('root', 'a hash'), size: integerOf(row, 'size') };
}

function oneOf<Value extends string>(row: Row, column: string, values: readonly Value[]): Value {
  const text = textOf(row, column);
  return values.find((value) => value === text) ?? unreadable(column, 'a known word');
}

/** As JSON, without the blob, which has columns of its own. */
function sourceText(source: FileSource): string {
  if (source.type === 'blob') return JSON.stringify({ type: 'blob' });
  const { type, path, mtimeMs, inode } = source;
  return JSON.stringify({ type, path, mtimeMs, inode });
}

function sourceFrom(row: Row, blob: BlobId): FileSource {
  const value = jsonOf(row, 'source');
  if (typeof value !== 'object' || value === null || !('type' in value))
    return unreadable('source', 'a source');
  if (value.type === 'blob') return { type: 'blob', blob };
  const isPath = 'path' in value && 'mtimeMs' in value && 'inode' in value;
  if (!isPath) return unreadable('source', 'a source');
  const { path, mtimeMs, inode } = value;
  if (typeof path !== 'string' || typeof mtimeMs !== 'number' || typeof inode !== 'string')
    return unreadable('source', `a source of ${toHex(blob.root)}`);
  return { type: 'path', path, blob, mtimeMs, inode };
}
