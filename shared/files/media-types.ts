import { extensionOf, safeEntryName } from './names.ts';
import { isRunnable } from './extensions.ts';
import { type PictureVerdict } from './pictures/picture.ts';

/** What a user reads about a file beside its size. The words for each are texts of the app. */
export type FileKind =
  | 'program'
  | 'picture'
  | 'film'
  | 'sound'
  | 'document'
  | 'table'
  | 'presentation'
  | 'text'
  | 'web-page'
  | 'book'
  | 'archive'
  | 'font'
  | 'other';

/**
 * Returns the kind that a system would take a file for: by its extension. Only a file without a known extension is of the kind that its
 * sender claims, and no claim makes a program of another kind.
 */
export function fileKindOf(name: string, claimedType: string): FileKind {
  const extension = extensionOf(safeEntryName(name));
  if (isRunnable(extension)) return 'program';
  return types.get(extension)?.kind ?? kindsOfClaims.get(claimedType.split('/', 1)[0] ?? '') ?? 'other';
}

/** Returns the media type that an offer claims for a file of this name, where no browser has told one. */
export function mediaTypeOfName(name: string): string {
  return types.get(extensionOf(safeEntryName(name)))?.type ?? unknownType;
}

/** Returns the media type under which a page gets these bytes: that of the picture that was found in them, or that of unknown bytes. */
export function servedTypeOf(verdict: PictureVerdict): string {
  return typeof verdict === 'string' ? unknownType : `image/${verdict.type}`;
}

const unknownType = 'application/octet-stream';

const kindsOfClaims: ReadonlyMap<string, FileKind> = new Map([
  ['image', 'picture'],
  ['video', 'film'],
  ['audio', 'sound'],
  ['text', 'text'],
  ['font', 'font'],
]);

/** The extensions of each media type, and the kind of such files for users. */
const table: readonly (readonly [extensions: string, type: string, kind: FileKind])[] = [
  ['jpg jpeg', 'image/jpeg', 'picture'],
  ['png', 'image/png', 'picture'],
  ['gif', 'image/gif', 'picture'],
  ['webp', 'image/webp', 'picture'],
  ['avif', 'image/avif', 'picture'],
  ['heic heif', 'image/heic', 'picture'],
  ['svg', 'image/svg+xml', 'picture'],
  ['bmp', 'image/bmp', 'picture'],
  ['tif tiff', 'image/tiff', 'picture'],
  ['ico', 'image/vnd.microsoft.icon', 'picture'],
  ['psd', 'image/vnd.adobe.photoshop', 'picture'],
  ['mp4 m4v', 'video/mp4', 'film'],
  ['mov', 'video/quicktime', 'film'],
  ['webm', 'video/webm', 'film'],
  ['mkv', 'video/matroska', 'film'],
  ['avi', 'video/x-msvideo', 'film'],
  ['wmv', 'video/x-ms-wmv', 'film'],
  ['mpg mpeg', 'video/mpeg', 'film'],
  ['mp3', 'audio/mpeg', 'sound'],
  ['m4a', 'audio/mp4', 'sound'],
  ['aac', 'audio/aac', 'sound'],
  ['flac', 'audio/flac', 'sound'],
  ['wav', 'audio/wav', 'sound'],
  ['ogg oga opus', 'audio/ogg', 'sound'],
  ['wma', 'audio/x-ms-wma', 'sound'],
  ['pdf', 'application/pdf', 'document'],
  ['doc dot', 'application/msword', 'document'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'document'],
  ['odt', 'application/vnd.oasis.opendocument.text', 'document'],
  ['rtf', 'application/rtf', 'document'],
  ['pages', 'application/vnd.apple.pages', 'document'],
  ['xls xlt', 'application/vnd.ms-excel', 'table'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'table'],
  ['ods', 'application/vnd.oasis.opendocument.spreadsheet', 'table'],
  ['numbers', 'application/vnd.apple.numbers', 'table'],
  ['csv', 'text/csv', 'table'],
  ['tsv', 'text/tab-separated-values', 'table'],
  ['ppt pps', 'application/vnd.ms-powerpoint', 'presentation'],
  ['pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation', 'presentation'],
  ['ppsx', 'application/vnd.openxmlformats-officedocument.presentationml.slideshow', 'presentation'],
  ['odp', 'application/vnd.oasis.opendocument.presentation', 'presentation'],
  ['key', 'application/vnd.apple.keynote', 'presentation'],
  ['txt log tex', 'text/plain', 'text'],
  ['md', 'text/markdown', 'text'],
  ['json', 'application/json', 'text'],
  ['xml', 'application/xml', 'text'],
  ['yaml yml', 'application/yaml', 'text'],
  ['html htm', 'text/html', 'web-page'],
  ['epub', 'application/epub+zip', 'book'],
  ['zip', 'application/zip', 'archive'],
  ['rar', 'application/vnd.rar', 'archive'],
  ['7z', 'application/x-7z-compressed', 'archive'],
  ['tar', 'application/x-tar', 'archive'],
  ['gz tgz', 'application/gzip', 'archive'],
  ['bz2', 'application/x-bzip2', 'archive'],
  ['xz', 'application/x-xz', 'archive'],
  ['zst', 'application/zstd', 'archive'],
  ['ttf', 'font/ttf', 'font'],
  ['otf', 'font/otf', 'font'],
  ['eml', 'message/rfc822', 'text'],
  ['ics', 'text/calendar', 'text'],
  ['vcf', 'text/vcard', 'text'],
];

const types: ReadonlyMap<string, { readonly type: string; readonly kind: FileKind }> = new Map(
  table.flatMap(([extensions, type, kind]) =>
    extensions.split(' ').map((extension) => [extension, { type, kind }] as const),
  ),
);
