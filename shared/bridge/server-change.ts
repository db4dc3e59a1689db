/**
 * A change that a server role reports, as plain data for the lines of its console. Addresses are formatted. The text of
 * messages is never in it.
 */
export type ServerChange =
  | { readonly type: 'registered'; readonly nickname: string; readonly address: string }
  /** An online user continues at another address. */
  | { readonly type: 'moved'; readonly nickname: string; readonly address: string }
  | {
      readonly type: 'departed';
      readonly nickname: string;
      readonly cause: 'deregistered' | 'silent' | 'unreachable' | 'released' | 'banned';
    }
  | { readonly type: 'refused'; readonly nickname: string; readonly address: string; readonly code: string }
  | { readonly type: 'stored'; readonly sender: string; readonly recipient: string; readonly waiting: number }
  | { readonly type: 'delivered'; readonly recipient: string; readonly count: number }
  | {
      readonly type: 'other-version';
      readonly from: string;
      readonly version: number;
      /** Further addresses with another version since the last such change. */
      readonly others: number;
    };
