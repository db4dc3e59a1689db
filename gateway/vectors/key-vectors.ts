import { readVectorFile, type VectorCase } from './vector-files.ts';

/** One side of a key exchange. */
export interface ShareJson {
  readonly secret: string;
  readonly publicKey: string;
  /** KEY_SHARE as it stands in a packet. */
  readonly frame: string;
}

export type RekeyedCase = VectorCase & {
  readonly result: 'rekeyed';
  /** Each key is REKEY of the one before it. */
  readonly keys: readonly string[];
};

export type MixedCase = VectorCase & {
  readonly result: 'mixed';
  readonly exchange: number;
  readonly initiator: ShareJson;
  readonly responder: ShareJson;
  readonly sharedSecret: string;
  readonly inputKey: string;
  readonly info: string;
  /** The keys with which the initiator seals. */
  readonly fromInitiator: { readonly present: string; readonly mixed: string };
  /** The keys with which the responder seals. */
  readonly fromResponder: { readonly present: string; readonly mixed: string };
};

export type KeyCase =
  | RekeyedCase
  | MixedCase
  /** A KEY_SHARE that a side acknowledges and otherwise ignores. */
  | (VectorCase & {
      readonly result: 'ignored';
      readonly reader: 'initiator' | 'responder';
      /** Whether the reader has opened an exchange. */
      readonly isOpened: boolean;
      readonly frame: string;
    });

const { cases } = readVectorFile<KeyCase>('rekey');

function first<Result extends KeyCase['result']>(result: Result): Extract<KeyCase, { result: Result }> {
  const found = cases.find(
    (vector): vector is Extract<KeyCase, { result: Result }> => vector.result === result,
  );
  if (found === undefined) throw new Error(`rekey.json has no case ${result}`);
  return found;
}

export const rekeyVector = first('rekeyed').keys;
export const keyExchangeVector = first('mixed');
