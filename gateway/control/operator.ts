import type { NamesResult } from '../../shared/bridge/administration.ts';
import type { Quotas } from '../../shared/quotas.ts';

/** What whoever runs a server may see and do there. Throws StoreError when the disk refuses. */
export interface ServerAdmin {
  /** The client table, in the order of its nicknames: the first `limit` of those that contain `part`, in any case. */
  names(part: string, limit: number): NamesResult;
  /** Takes a nickname from whoever has it, so that anybody may take it; false if nobody has it. */
  release(nickname: string): boolean;
  quotas(): Quotas;
  setQuotas(quotas: Quotas): void;
}
