/**
 * The codes with which the author of a file answers instead of it (PROTOCOL 13.11). `again`: whether the same may be asked for again
 * later.
 */
export const fileRefusals = {
  'no-such-file': {
    when: 'The author offers the asker no such file, or no such part of it, or not any longer. It does not say which.',
    again: false,
  },
  'file-changed': { when: 'The file is another one than when it was offered, or is gone.', again: false },
  'file-paused': { when: 'The author has paused the file. `file-ready` says when it goes on.', again: true },
  'file-cancelled': { when: 'The author has taken the offer back.', again: false },
  'file-busy': {
    when: 'The author has too many requests of this asker, or of all. Its answers to earlier ones come first.',
    again: true,
  },
} as const satisfies Record<string, { readonly when: string; readonly again: boolean }>;

export type FileRefusalCode = keyof typeof fileRefusals;

/** The codes with which a packed stream is refused, by the author or by the client that unpacks it (PROTOCOL 13.23). */
export const packedRefusals = {
  'packed-malformed':
    'The stream does not begin like one, or its index does not hold the entries that the head says.',
  'packed-version-unknown': 'The stream is of a later version.',
  'packed-index-too-long': 'The index has more than 16 MiB.',
  'packed-too-many-entries': 'The index has more than 65,536 entries.',
  'packed-too-deep': 'A path has more than 32 names, or more than 2,048 bytes.',
  'packed-name-not-allowed': 'A name is no name of a file (13.14).',
  'packed-name-twice': 'Two entries of a folder have the same name.',
  'packed-sizes':
    'The files do not follow one another, or do not fill the stream exactly, or a file had not the size that the index says.',
} as const satisfies Record<string, string>;

export type PackedRefusalCode = keyof typeof packedRefusals;
