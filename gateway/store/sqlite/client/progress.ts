import { isFailureCode } from '../../../../shared/message.ts';
import type { Progress, UnreadProgress } from '../../client-store.ts';
import { epochOf, textOf, unreadable, type Row } from '../rows.ts';

/** Reads the columns `stage` and `detail` of a dispatch. */
export function progressOf(row: Row): Progress {
  const stage = textOf(row, 'stage');
  switch (stage) {
    case 'pending':
      return { stage };
    case 'stored':
      return { stage, epoch: epochOf(row, 'detail') };
    case 'delivered':
      return deliveredAs(textOf(row, 'detail'));
    case 'failed': {
      const code = textOf(row, 'detail');
      return isFailureCode(code) ? { stage, code } : unreadable('detail', 'a reason of failure');
    }
    default:
      return unreadable('stage', 'a stage');
  }
}

/** Follows `now` or `later`: delivered to a previous key of the person. A read receipt of the present key does not cover it. */
export const elsewhere = ' elsewhere';

function deliveredAs(detail: string): Progress {
  return detail === 'read' ? { stage: 'read' } : { stage: 'delivered', later: detail.startsWith('later') };
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
