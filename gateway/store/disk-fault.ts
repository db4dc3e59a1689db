/** What the system says about a file, and what the user can do about it. `file` is its path. */
interface DiskFault {
  /** Codes of node:fs (errno) and primary result codes of SQLite (https://sqlite.org/rescode.html). */
  readonly codes: readonly (string | number)[];
  readonly sentence: (file: string) => string;
}

/** SQLite takes 512 bytes, with `-journal` at the end. */
const databasePathBytesMax = 512 - '-journal'.length;

const faults: readonly DiskFault[] = [
  {
    codes: ['ENOSPC', 'EDQUOT', /* SQLITE_FULL */ 13],
    sentence: (file) => `The disk of ${file} is full. Make room.`,
  },
  {
    codes: ['EROFS', /* SQLITE_READONLY */ 8],
    sentence: (file) =>
      `${file} is on a disk that is read-only. Make it writable, or choose another folder with --data <dir>.`,
  },
  {
    codes: ['EACCES', 'EPERM', /* SQLITE_PERM */ 3, /* SQLITE_AUTH */ 23],
    sentence: (file) =>
      `This account may not use ${file}. Change its permissions, or choose another folder with --data <dir>.`,
  },
  {
    codes: ['ENOENT', 'ENXIO', 'ENODEV'],
    sentence: (file) =>
      `There is no ${file}, and it cannot be made. Check the path, and whether its disk is there.`,
  },
  {
    codes: ['EISDIR'],
    sentence: (file) => `${file} is a folder, and Chatagram needs a file there. Choose another path.`,
  },
  {
    codes: ['ENOTDIR', 'EEXIST'],
    sentence: (file) =>
      `A part of the path ${file} is a file, and Chatagram needs a folder there. Choose another path.`,
  },
  {
    codes: ['ENAMETOOLONG', 'ELOOP', 'EINVAL'],
    sentence: (file) => `The system takes no path like ${file}. Choose another folder with --data <dir>.`,
  },
  {
    codes: [
      'EBUSY',
      'ETXTBSY',
      'EAGAIN',
      /* SQLITE_BUSY */ 5,
      /* SQLITE_LOCKED */ 6,
      /* SQLITE_PROTOCOL */ 15,
    ],
    sentence: (file) => `Another program uses ${file}. Close it.`,
  },
  {
    codes: ['EMFILE', 'ENFILE'],
    sentence: (file) =>
      `${file} cannot be opened, because too many files are open. Close other programs, or run ulimit -n 4096.`,
  },
  {
    codes: ['ENOMEM', /* SQLITE_NOMEM */ 7],
    sentence: (file) => `This computer has no room in memory to open ${file}. Close other programs.`,
  },
  {
    codes: ['EIO', 'ESTALE', 'EREMOTEIO', /* SQLITE_IOERR */ 10],
    sentence: (file) => `The disk of ${file} failed. Check the disk and its connection.`,
  },
  {
    codes: [/* SQLITE_CANTOPEN */ 14, /* SQLITE_NOLFS */ 22],
    sentence: (file) =>
      Buffer.byteLength(file) > databasePathBytesMax
        ? `The path ${file} is too long for a database. Choose another folder with --data <dir>.`
        : `${file} cannot be opened. Check that this account may write to its folder, and that no folder has this name.`,
  },
];

/** Returns the sentence for a code of node:fs or SQLite. `reason` stands for a code that is not in the table. */
export function diskFaultSentence(code: string | number | undefined, file: string, reason: string): string {
  const known = faults.find(({ codes }) => code !== undefined && codes.includes(code));
  return known?.sentence(file) ?? `The disk does not let Chatagram use ${file}: ${reason}.`;
}
