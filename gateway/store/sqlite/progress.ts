import type { FailureCode } from '../../../shared/message.ts';
import type { Progress, UnreadProgress } from '../client-store.ts';
import { epochOf, optional, textOf, unreadable, type Row } from './rows.ts';

/** The columns `stage` and `detail` of a message, both ways. */
export function progressOf(row: Row): Progress | null {
  const stage = optional(row, 'stage', textOf);
  switch (stage) {
    case undefined:
      return null;
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

/** After `now` or `later`: delivered to a key that the person had before, so that the present one's reading is not of it. */
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
      throw new Error(`no such progress: ${JSON.stringify(progress satisfies never)}`);
  }
}

const failureCodes: Record<FailureCode, true> = {
  'unknown-recipient': true,
  'message-too-long': true,
  'message-expired': true,
  refused: true,
};

function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(failureCodes, text);
}
