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
