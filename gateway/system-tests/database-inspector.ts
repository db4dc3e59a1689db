import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { openClientStore } from '../store/sqlite/client-store.ts';
import { openServerStore } from '../store/sqlite/server-store.ts';

type Victim = 'server' | 'alice' | 'bob';

/** Looks at the databases of gateways from outside: when they are written to, and what a killed one has left. */
export class DatabaseInspector {
  readonly folders: Readonly<Record<Victim, string>>;

  /** The data roots of each. */
  constructor(folders: Readonly<Record<Victim, string>>) {
    this.folders = folders;
  }

  /** Until the victim begins to write to its WAL: a commit, whose fdatasync and whose consequences are still to come. */
  async nextWrite(victim: Victim, withinMs: number): Promise<void> {
    const database = this.#databaseOf(victim);
    if (database === undefined) return;
    const wal = `${database}-wal`;
    const before = sizeAndTime(wal);
    const deadlineMs = performance.now() + withinMs;
    // Not fs.watch: its news comes when the event loop has time, a busy look is there within some 10 microseconds.
    for (let looks = 0; performance.now() < deadlineMs; looks++) {
      if (sizeAndTime(wal) !== before) return;
      // The other processes' words are heard in between.
      if (looks % 200 === 0) await delay(0);
    }
  }

  /** How many of these messages a client has received. */
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

  /** How many of these messages wait on the server. */
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

  /** The dead one's own files stay as they are: opening them would mend them before their owner comes back. */
  #onCopy(victim: Victim, look: (database: string) => number): number {
    const database = this.#databaseOf(victim);
    if (database === undefined) return 0;
    const folder = fs.mkdtempSync(path.join(path.dirname(this.folders[victim]), 'autopsy-'));
    try {
      const copy = path.join(folder, path.basename(database));
      for (const ending of ['', '-wal'])
        if (fs.existsSync(database + ending)) fs.copyFileSync(database + ending, copy + ending);
      return look(copy);
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
