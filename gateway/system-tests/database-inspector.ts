import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import { openServerStore } from '../store/sqlite/server/server-store.ts';

export type Victim = 'server' | 'alice' | 'bob' | 'carol';

/** Inspects the databases of gateways from outside: when a process writes to one, and what a killed process has left. */
export class DatabaseInspector {
  readonly folders: Readonly<Record<Victim, string>>;

  /** `folders`: the data root of each process. */
  constructor(folders: Readonly<Record<Victim, string>>) {
    this.folders = folders;
  }

  /** Waits until the victim begins to write to its WAL: a commit before its fdatasync and its effects. */
  async nextWrite(victim: Victim, withinMs: number): Promise<void> {
    const database = this.#databaseOf(victim);
    if (database === undefined) return;
    const wal = `${database}-wal`;
    const before = sizeAndTime(wal);
    const deadlineMs = performance.now() + withinMs;
    // fs.watch reports when the event loop has time. Polling notices within some 10 microseconds.
    for (let polls = 0; performance.now() < deadlineMs; polls++) {
      if (sizeAndTime(wal) !== before) return;
      // Lets the event loop read the output of the processes.
      if (polls % 200 === 0) await delay(0);
    }
  }

  /** Counts how many of these messages a client has received. */
  receivedOf(victim: Exclude<Victim, 'server'>, ids: readonly MessageId[]): number {
    return this.#onCopy(victim, (database) => {
      const store = openClientStore(database);
      try {
        return ids.filter((id) => store.messages.find(id) !== undefined).length;
      } finally {
        store.close();
      }
    });
  }

  /** Counts how many of these messages wait on the server. */
  waitingOf(
    { sender, recipient }: { readonly sender: PeerKey; readonly recipient: PeerKey },
    ids: readonly MessageId[],
  ): number {
    return this.#onCopy('server', (database) => {
      const store = openServerStore(database);
      try {
        return ids.filter((id) => store.mailboxes.has(recipient, sender, id)).length;
      } finally {
        store.close();
      }
    });
  }

  /** Opens a copy: opening the victim's own files would repair them before the victim starts again. */
  #onCopy(victim: Victim, inspect: (database: string) => number): number {
    const database = this.#databaseOf(victim);
    if (database === undefined) return 0;
    const folder = fs.mkdtempSync(path.join(path.dirname(this.folders[victim]), 'inspection-'));
    try {
      const copy = path.join(folder, path.basename(database));
      for (const suffix of ['', '-wal'])
        if (fs.existsSync(database + suffix)) fs.copyFileSync(database + suffix, copy + suffix);
      return inspect(copy);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  }

  #databaseOf(victim: Victim): string | undefined {
    const root = this.folders[victim];
    if (!fs.existsSync(root)) return undefined;
    const name = victim === 'server' ? 'server.sqlite' : 'client.sqlite';
    const found = fs.readdirSync(root, { recursive: true, encoding: 'utf8' });
    const file = found.find((each) => path.basename(each) === name);
    return file === undefined ? undefined : path.join(root, file);
  }
}

function sizeAndTime(file: string): string {
  const found = fs.statSync(file, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? 'none' : `${found.size} ${found.mtimeNs}`;
}
