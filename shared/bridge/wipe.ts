import Type, { type Static } from 'typebox';
import { dataFolderForeignMax, profilesListedMax } from '../limits.ts';
import { ServerSchema } from './schema.ts';

/** The result of a wipe, with the places that it could not reach. */
export const WipeReportSchema = Type.Object({
  /** The nickname that the server has freed; null if it has not. */
  released: Type.Union([Type.String(), Type.Null()]),
  /** Nicknames that stay taken at their servers, because no one told them. */
  taken: Type.Array(Type.Object({ nickname: Type.String(), server: ServerSchema }), {
    maxItems: profilesListedMax,
  }),
  /** Names in the data folder that Chatagram has not made, and left there. */
  left: Type.Array(Type.String(), { maxItems: dataFolderForeignMax }),
});
export type WipeReport = Static<typeof WipeReportSchema>;

/** What the files of the data folder are for. `write-log`: the databases' logs of writes (WAL). `earlier`: databases before a restore. */
export const dataKinds = ['database', 'write-log', 'earlier', 'other'] as const;
export type DataKind = (typeof dataKinds)[number];

export const DataFolderSchema = Type.Object({
  path: Type.String(),
  sizes: Type.Array(
    Type.Object({
      kind: Type.Enum([...dataKinds]),
      files: Type.Integer({ minimum: 0 }),
      bytes: Type.Integer({ minimum: 0 }),
    }),
  ),
  /** False: there are more files than were counted. */
  complete: Type.Boolean(),
  /** What the user types in a terminal to back everything up. */
  backupCommand: Type.String(),
});
export type DataFolder = Static<typeof DataFolderSchema>;
