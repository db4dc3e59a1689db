import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { UdpSocket } from '../net/udp-socket.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import { openServerStore } from '../store/sqlite/server/server-store.ts';
import { StartError } from './start-error.ts';
import { freeUdpPort } from '../system-tests/free-port.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { startClient } from './running-client.ts';
import {
  clientDatabaseName,
  clientFolder,
  makeFolder,
  serverDatabaseName,
  serverFolder,
} from '../data-dir/data-dir.ts';
import { lockFolder } from '../data-dir/dir-lock.ts';
import { startServer } from './running-server.ts';

/** A store opens, but holds rows that cannot be read. The start fails when the socket is open already. */

function damage(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

/** Another process can bind the port and take the folder. */
async function expectFree(port: number, folder: string): Promise<void> {
  await (await UdpSocket.open({ port })).close();
  const result = lockFolder(folder);
  expect(result.locked).toBe(false);
  if (!result.locked) result.lock.release();
}

const nothing = {
  lab: null,
  profile: 'normal' as const,
  url: () => null,
  onChange: () => undefined,
  onFault: () => undefined,
};

describe('a start that fails late', () => {
  it('frees the port and the folder of a client', async () => {
    const dataRoot = temporaryFolder();
    const address = { host: '127.0.0.1', port: 9 };
    const folder = makeFolder(clientFolder(dataRoot, 'alice', address));
    const file = path.join(folder, clientDatabaseName);
    openClientStore(file).close();
    damage(file, `INSERT INTO contact (key) VALUES ('no key')`);
    const clientPort = await freeUdpPort();
    const choice = { nickname: 'alice', server: { address }, clientPort, hosted: false, keepTrying: true };
    await expect(startClient(choice, { dataRoot, ...nothing })).rejects.toThrow(StartError);
    await expectFree(clientPort, folder);
  });

  it('is refused with a sentence, and frees all, where the profile cannot be written', async () => {
    const dataRoot = temporaryFolder();
    const address = { host: '127.0.0.1', port: 9 };
    const folder = makeFolder(clientFolder(dataRoot, 'alice', address));
    makeFolder(path.join(folder, 'profile.json'));
    const clientPort = await freeUdpPort();
    const choice = { nickname: 'alice', server: { address }, clientPort, hosted: false, keepTrying: true };
    await expect(startClient(choice, { dataRoot, ...nothing })).rejects.toThrow(/profile\.json is a folder/u);
    await expectFree(clientPort, folder);
  });

  it('is refused with a sentence, and frees all, where its address cannot be noted', async () => {
    const dataRoot = temporaryFolder();
    const port = await freeUdpPort();
    const folder = makeFolder(serverFolder(dataRoot, port));
    const url = (): string => {
      fs.rmSync(path.join(folder, 'running.json'), { force: true });
      fs.mkdirSync(path.join(folder, 'running.json'));
      return 'http://127.0.0.1:5050/';
    };
    await expect(startServer(port, { dataRoot, ...nothing, url })).rejects.toThrow(StartError);
    fs.rmdirSync(path.join(folder, 'running.json'));
    await expectFree(port, folder);
  });

  it('frees the port and the folder of a server', async () => {
    const dataRoot = temporaryFolder();
    const port = await freeUdpPort();
    const folder = makeFolder(serverFolder(dataRoot, port));
    const file = path.join(folder, serverDatabaseName);
    openServerStore(file).close();
    damage(
      file,
      `INSERT INTO name (key, signing_key, nickname, candidates, online) VALUES ('no key', '', 'bob', '[]', 0)`,
    );
    await expect(startServer(port, { dataRoot, ...nothing })).rejects.toThrow(StartError);
    await expectFree(port, folder);
    // A closed store has no journal beside it, so that the next start finds a complete file.
    damage(file, 'DELETE FROM name');
    const server = await startServer(port, { dataRoot, ...nothing });
    await server.close();
  });
});
