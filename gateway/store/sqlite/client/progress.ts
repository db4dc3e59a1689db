import { parseServerEpoch } from '../../../../shared/ids.ts';
import { isFailureCode } from '../../../../shared/message.ts';
import type { Progress, UnreadProgress } from '../../client-store.ts';
import { unreadable } from '../rows.ts';

/** Reads the columns `stage` and `detail` of a dispatch. An empty detail stands for NULL. */
export function progressFrom(stage: string, detail: string): Progress {
  switch (stage) {
    case 'pending':
      return { stage };
    case 'stored':
      return { stage, epoch: parseServerEpoch(detail) ?? unreadable('detail', 'an epoch') };
    case 'delivered':
      return deliveredAs(detail);
    case 'failed':
      return isFailureCode(detail) ? { stage, code: detail } : unreadable('detail', 'a reason of failure');
    default:
      return unreadable('stage', 'a stage');
  }
}

/** Follows `now` or `later`: delivered to a previous key of the person. A read receipt of the present key does not cover it. */
export const elsewhere = ' elsewhere';

function deliveredAs(detail: string): Progress {
  switch (detail.replace(elsewhere, '')) {
    case 'now':
      return { stage: 'delivered', later: false };
    case 'later':
      return { stage: 'delivered', later: true };
    case 'read':
      return { stage: 'read' };
    default:
      return unreadable('detail', 'how it was delivered');
  }
}

export function detailOf(progress: UnreadProgress): string | null {
  switch (progress.stage) {
    case 'pending':
      return null;
    case 'stored':
      return progress.epoch;
    case 'delivered':
      return progress.later ? 'later' : 'now';
    case 'failed':
      return progress.code;
    default:
      throw new Error(`unknown progress: ${JSON.stringify(progress satisfies never)}`);
  }
}
