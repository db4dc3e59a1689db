import fs from 'node:fs';
import path from 'node:path';
import { blobsName, hasBytesOf, isNameOfWhole, wholeBlobs, type StoredFile } from '../files/stored-blobs.ts';
import { asStartError, StartError } from '../runtime/start-error.ts';
import {
  checkExtracted,
  readBackup,
  writeBackup,
  type Backup,
  type BackupItem,
} from '../store/sqlite/backup-file.ts';
import { storeFailure } from '../store/sqlite/failure.ts';
import { clientSchema } from '../store/sqlite/client/client-schema.ts';
import { serverSchema } from '../store/sqlite/server/server-schema.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import { makeRestoredClient, makeRestoredServer } from '../store/restored.ts';
import { openServerStore } from '../store/sqlite/server/server-store.ts';
import { sizeText } from '../../shared/files/size-text.ts';
import {
  clientDatabaseName,
  clientsFolder,
  makeFolder,
  makeMissingFolders,
  missingFolders,
  serverDatabaseName,
  serversFolder,
} from './data-dir.ts';
import { lockFolder } from './dir-lock.ts';
import {
  guestHostName,
  guestRecordName,
  guestRootPattern,
  guestsFolder,
  guestsName,
  readGuestRecord,
} from './guest-record.ts';
import { profileName, readProfile } from './profiles.ts';
import { writeNow } from '../turn/role.ts';

export interface BackupOptions {
  /** Whether the files that were sent and received are in it, too. */
  readonly withFiles: boolean;
}

/**
 * Puts every chat and every server under the root into one file, also while gateways run on them: each database as it
 * is at one moment. Returns sentences for the user. Throws StartError.
 */
export function backUp(
  root: string,
  file: string,
  { withFiles }: BackupOptions = { withFiles: true },
): string[] {
  const all = asStartError(() => dataFolders(root));
  const withGuests = asStartError(() => all.filter(({ name }) => hasGuests(path.join(root, name))));
  // The user can have copied a folder by hand. A restore would refuse its name.
  const folders = all.filter(({ name }) => isDataFolder(name));
  if (folders.length === 0) {
    throw new StartError('storage-failed', `There is no chat in ${root} to back up.`);
  }
  const target = path.resolve(file);
  const staging = { folder: path.join(path.dirname(target), '.chatagram-backup'), purpose: 'backup' };
  const blobs: StoredFile[] = [];
  asStartError(() =>
    inStagingFolder(staging, (draft) =>
      writeBackup(target, draft, (add) => {
        const guests = folders.filter((folder) => withGuests.includes(folder));
        for (const { name } of guests)
          add.file(`${name}/${guestsName}/${guestRecordName}`, recordOf(path.join(root, name)));
        const ofGuests = guests.flatMap(({ name }) => guestFolders(root, name));
        for (const { name, database } of [...folders, ...ofGuests.filter(({ name }) => isDataFolder(name))]) {
          const folder = path.join(root, name);
          add.database(`${name}/${database}`, path.join(folder, database), leftOut);
          const profile = path.join(folder, profileName);
          if (fs.existsSync(profile)) add.file(`${name}/${profileName}`, profile);
          const blobsFolder = path.join(folder, blobsName);
          for (const blob of asStartError(() => wholeBlobs(blobsFolder))) {
            const isIn = withFiles
              ? add.fileIfThere(`${name}/${blobsName}/${blob.name}`, path.join(blobsFolder, blob.name))
              : true;
            if (isIn) blobs.push(blob);
          }
        }
      }),
    ),
  );
  return [
    `${file} holds ${folders.map((folder) => (withGuests.includes(folder) ? `${folder.name} with its guests` : folder.name)).join(', ')}.`,
    ...all
      .filter((folder) => !folders.includes(folder))
      .map(({ name }) => `It does not hold ${name}: Chatagram gives no folder such a name.`),
    ...(blobs.length === 0 ? [] : [sentenceOfFiles(blobs, withFiles)]),
    'It holds keys and messages and is not encrypted. Keep it where only you can read it.',
  ];
}

function sentenceOfFiles(blobs: readonly StoredFile[], withFiles: boolean): string {
  const count = blobs.length === 1 ? '1 file' : `${blobs.length} files`;
  const bytes = blobs.reduce((sum, blob) => sum + blob.bytes, 0);
  const size = `${count} of ${sizeText(bytes)}, sent or received`;
  return withFiles ? `It holds ${size}.` : `It does not hold ${size}.`;
}

/**
 * Puts everything in a backup back under the root. What a running gateway uses is taken at its next start. Nothing is
 * deleted: a database that was there is kept beside it. Returns sentences for the user. Throws StartError, and then
 * nothing has changed.
 */
export function restore(root: string, file: string): string[] {
  if (!fs.existsSync(file))
    throw new StartError('storage-failed', `There is no file ${file}. Nothing was restored.`);
  return asStartError(() =>
    readBackup(path.resolve(file), (backup) => {
      const contents = backup.items().map((item) => ({ item, place: placeOf(root, item, file) }));
      const staging = { folder: path.join(root, 'restoring'), purpose: 'restore' };
      return inStagingFolder(staging, (drafts) => {
        const ready = contents.map(({ item, place }, number) =>
          makeReady(backup, item, { ...place, folder: path.join(drafts, String(number)) }, file),
        );
        return putAllBack(
          contents.map(({ place }, number) => ({ place, draft: ready[number] ?? '' })),
          root,
        );
      });
    }),
  );
}

interface Staging {
  readonly folder: string;
  readonly purpose: string;
}

/** Runs `use` with an empty folder for files that are not complete yet. Afterwards it is gone, also after an error. */
function inStagingFolder<Result>({ folder, purpose }: Staging, use: (drafts: string) => Result): Result {
  const missing = makeMissingFolders(folder);
  const locked = lockFolder(folder);
  if (locked.locked)
    throw new StartError('data-folder-in-use', `Another ${purpose} is running. Wait for it, then try again.`);
  try {
    const drafts = path.join(folder, 'drafts');
    // A process that was ended in the middle left its files here.
    fs.rmSync(drafts, { recursive: true, force: true });
    fs.mkdirSync(drafts, { mode: 0o700 });
    return use(drafts);
  } finally {
    locked.lock.remove();
    removeIfEmpty(missing);
  }
}

interface Ready {
  readonly place: Place;
  /** The file that is ready to go there. */
  readonly draft: string;
}

function putAllBack(contents: readonly Ready[], root: string): string[] {
  const missing = contents.flatMap(({ place }) => missingFolders(place.folder));
  try {
    for (const { place } of contents) makeFolder(place.folder);
  } catch (error) {
    removeIfEmpty([...new Set(missing)].filter((folder) => folder.startsWith(root)));
    throw error;
  }
  return contents.flatMap(putBack);
}

/** Removes those of these folders that are empty, the lowest first. */
function removeIfEmpty(folders: readonly string[]): void {
  for (const folder of folders.toSorted((one, other) => other.length - one.length)) {
    if (fs.existsSync(folder) && fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
  }
}

/**
 * One-time mail keys are in no backup: a thief of the file could open what was sealed to them, and a server would hand them
 * out again.
 */
const leftOut = "DELETE FROM mail_key WHERE kind = 'one-time'";

interface Place {
  /** Below the root, as `clients/alice@10.0.0.2_50000`. */
  readonly name: string;
  readonly folder: string;
  readonly file: string;
}

/** A backup can come from anywhere: each name in it must lead to a place where this program keeps such files. */
function placeOf(root: string, item: BackupItem, file: string): Place {
  const [, name, last] = /^(.+)\/([^/]+)$/u.exec(item.path) ?? [];
  if (name === undefined || last === undefined || !isDataFolder(name)) throw notOfABackup(file);
  if (!(isOfBlobs.test(name) ? isNameOfWhole(last) : filesKept(name).includes(last)))
    throw notOfABackup(file);
  return { name, folder: path.join(root, name), file: last };
}

const namePattern = '[a-z0-9%~@_.-]*[a-z0-9]';
const guestsPattern = `(?:clients|servers)/${namePattern}/${guestsName}`;
const guestPattern = `${guestsPattern}/(?:[0-9a-f]{64}|${guestHostName})/clients/${namePattern}`;
const isOfGuests = new RegExp(`^${guestsPattern}$`, 'u');
const isOfGuest = new RegExp(`^${guestPattern}$`, 'u');
const blobsPattern = `(?:clients/${namePattern}|${guestPattern})/${blobsName}`;
const isOfBlobs = new RegExp(`^${blobsPattern}$`, 'u');
const isOfData = new RegExp(
  `^(?:(?:clients|servers)/${namePattern}|${guestsPattern}|${guestPattern}|${blobsPattern})$`,
  'u',
);

/** The files that this program keeps in a folder of this name. */
function filesKept(name: string): readonly string[] {
  if (isOfGuests.test(name)) return [guestRecordName];
  return name.startsWith('clients/') || isOfGuest.test(name)
    ? [clientDatabaseName, profileName]
    : [serverDatabaseName];
}

/**
 * Whether this program names folders so: `clients/alice@10.0.0.2_50000`, `servers/50000`, in each of them `guests`, and in that
 * `3f7a…/clients/zoe@10.0.0.2_50000`. Each client can have `blobs`.
 */
function isDataFolder(name: string): boolean {
  return isOfData.test(name) && !name.includes('..');
}

function notOfABackup(file: string): StartError {
  return new StartError(
    'storage-damaged',
    `${file} holds files that do not belong in a backup of Chatagram. Nothing was restored.`,
  );
}

/** Writes an item into the folder, checks it, and returns the file. */
function makeReady(backup: Backup, item: BackupItem, { folder, file }: Place, backupFile: string): string {
  const draft = path.join(makeFolder(folder), file);
  if (isNameOfWhole(file)) {
    backup.extract(item, draft);
    if (!hasBytesOf(draft, file)) throw notOfABackup(backupFile);
    return draft;
  }
  const bytesMax = bytesMaxOf[file] ?? Number.POSITIVE_INFINITY;
  if (item.bytes > bytesMax) throw notOfABackup(backupFile);
  backup.extract(item, draft);
  if (file === profileName || file === guestRecordName) {
    const content = file === profileName ? readProfile(folder) : readGuestRecord(draft);
    if (content === undefined) throw notOfABackup(backupFile);
    return draft;
  }
  checkExtracted(draft, file === clientDatabaseName ? clientSchema : serverSchema);
  makeAnother(draft, file);
  return draft;
}

/** A profile has a few hundred bytes, and the record of 200 guests and 200 barred keys at most 100 kB. */
const bytesMaxOf: Readonly<Record<string, number>> = {
  [profileName]: 64 * 1024,
  [guestRecordName]: 256 * 1024,
};

/** The next start gives the role of a restored database what is new about it. */
function makeAnother(file: string, database: string): void {
  const store = database === clientDatabaseName ? openClientStore(file) : openServerStore(file);
  try {
    writeNow(store, () => {
      if ('dispatches' in store) makeRestoredClient(store);
      else makeRestoredServer(store);
    });
  } finally {
    store.close();
  }
}

/** Returns the sentences about a database. A profile needs none. */
function putBack({ place, draft }: Ready): string[] {
  const { folder, file } = place;
  const target = path.join(folder, file);
  if (file !== profileName && !isNameOfWhole(file)) {
    fs.renameSync(draft, path.join(folder, waitingName(file)));
    const sentence = takeNow(place);
    // The sentence about the record says it of all guests.
    return isOfGuest.test(place.name) ? [] : [sentence];
  }
  // An existing profile is newer, and an existing blob has the same bytes.
  if (!fs.existsSync(target)) fs.renameSync(draft, target);
  return [];
}

function takeNow({ name, folder, file }: Place): string {
  // The gateway that runs on a chat has its guests too.
  const result = lockFolder(file === guestRecordName ? path.dirname(folder) : folder);
  if (result.locked) {
    const where = result.by === null ? '' : ` (process ${result.by.pid})`;
    return `${name} is in use${where}. The backup replaces it when that gateway starts again.`;
  }
  try {
    const before = takeRestored(folder, file);
    return before === undefined
      ? `${name} is restored.`
      : `${name} is restored. The previous data is kept as ${before}.`;
  } finally {
    result.lock.release();
  }
}

/** Whether this chat has had guests. */
function hasGuests(chatFolder: string): boolean {
  return fs.existsSync(recordOf(chatFolder));
}

function recordOf(chatFolder: string): string {
  return path.join(guestsFolder(chatFolder), guestRecordName);
}

/** The folders of the guests of a chat that hold a database. `chat`: below the root. */
function guestFolders(root: string, chat: string): DataFolderName[] {
  const guests = guestsFolder(path.join(root, chat));
  return fs
    .readdirSync(guests)
    .filter((name) => guestRootPattern.test(name) || name === guestHostName)
    .toSorted()
    .flatMap((guest) =>
      dataFolders(path.join(guests, guest)).map(({ name, database }) => ({
        name: `${chat}/${guestsName}/${guest}/${name}`,
        database,
      })),
    );
}

interface DataFolderName {
  /** Below the root. */
  readonly name: string;
  readonly database: string;
}

/** The folders that hold a database, of clients and servers. */
function dataFolders(root: string): DataFolderName[] {
  return [
    { parent: clientsFolder(root), database: clientDatabaseName },
    { parent: serversFolder(root), database: serverDatabaseName },
  ].flatMap(({ parent, database }) =>
    (fs.existsSync(parent) ? fs.readdirSync(parent).toSorted() : [])
      .filter((name) => fs.existsSync(path.join(parent, name, database)))
      .map((name) => ({ name: `${path.basename(parent)}/${name}`, database })),
  );
}

/**
 * Returns the name under which a restored database waits: until the next start of the gateway that runs on the folder,
 * and only for a moment without one.
 */
function waitingName(database: string): string {
  return `${database}.restored`;
}

/**
 * Puts a restored database that waits here into its place. The caller has locked the folder. Keeps the previous database
 * and returns its new name; undefined when no database waits, or there was none. Throws StoreError.
 */
export function takeRestored(folder: string, database: string): string | undefined {
  const waiting = path.join(folder, waitingName(database));
  const place = path.join(folder, database);
  try {
    if (!fs.existsSync(waiting)) return undefined;
    const aside = fs.existsSync(place) || fs.existsSync(`${place}-wal`) ? freeNameBeside(place) : undefined;
    // A crash in between leaves no database in its place. The next start then takes the one that waits.
    for (const end of ['-wal', '-shm', '']) {
      if (aside !== undefined && fs.existsSync(place + end)) fs.renameSync(place + end, aside + end);
    }
    fs.renameSync(waiting, place);
    return aside;
  } catch (error) {
    throw storeFailure(error, place);
  }
}

function freeNameBeside(place: string): string {
  for (let number = 1; ; number++) {
    const name = `${place}.before-restore-${number}`;
    if (!fs.existsSync(name) && !fs.existsSync(`${name}-wal`)) return name;
  }
}
