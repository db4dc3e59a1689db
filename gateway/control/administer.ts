import type { CommandOf, Outcome } from '../../shared/bridge/commands.ts';
import { namesToldMax } from '../../shared/limits.ts';
import type { ServerAdmin } from './operator.ts';
import { done, refusal } from './outcomes.ts';

/** What whoever runs a server asks of it. */
export type AdministrationCommand = CommandOf<'names' | 'release-name' | 'quotas' | 'set-quotas'>;

/** `operator` null: this gateway plays no server. Throws StoreError when the disk refuses. */
export function administer(operator: ServerAdmin | null, command: AdministrationCommand): Outcome {
  if (operator === null) return refusal('not-hosting');
  switch (command.type) {
    case 'names':
      return { status: 'done', result: operator.names(command.part, namesToldMax) };
    case 'release-name':
      return operator.release(command.nickname) ? done : refusal('unknown-name');
    case 'quotas':
      return { status: 'done', result: { quotas: operator.quotas() } };
    case 'set-quotas':
      operator.setQuotas(command.quotas);
      return done;
    default:
      return command satisfies never;
  }
}
