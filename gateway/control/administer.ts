import type { CommandOf, Outcome } from '../../shared/bridge/commands.ts';
import { done, doneWith, refused } from '../../shared/command-result.ts';
import { namesToldMax } from '../../shared/limits.ts';
import type { ServerAdmin } from './operator.ts';

/** What whoever runs a server asks of it. */
export type AdministrationCommand = CommandOf<'names' | 'release-name' | 'quotas' | 'set-quotas'>;

/** `operator` null: this gateway plays no server. Throws StoreError when the disk refuses. */
export function administer(operator: ServerAdmin | null, command: AdministrationCommand): Outcome {
  if (operator === null) return refused('not-hosting');
  switch (command.type) {
    case 'names':
      return doneWith(operator.names(command.part, namesToldMax));
    case 'release-name':
      return operator.release(command.nickname) ? done : refused('unknown-name');
    case 'quotas':
      return doneWith({ quotas: operator.quotas() });
    case 'set-quotas':
      operator.setQuotas(command.quotas);
      return done;
    default:
      return command satisfies never;
  }
}
