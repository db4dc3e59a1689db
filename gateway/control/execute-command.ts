import type { CommandOf } from '../../shared/bridge/commands.ts';
import type { CommandResult } from '../../shared/command-result.ts';
import type { Moment } from '../../shared/moment.ts';
import type { Client } from '../client/client.ts';

/** Commands whose answer goes to disk in the same transaction as what they did. */
export type TransactionalCommand = CommandOf<
  | ('send' | 'mark-read' | 'retry' | 'discard' | 'set-classic' | 'set-read-receipts' | 'set-last-seen')
  | ('accept-key' | 'refuse-key' | 'accept-server-key' | 'set-verified')
>;

export function executeCommand(client: Client, now: Moment, command: TransactionalCommand): CommandResult {
  switch (command.type) {
    case 'send':
      return client.send(now, command);
    case 'mark-read':
      return client.markRead(now, command.peer, command.id);
    case 'set-read-receipts':
      return client.preferences.setReadReceipts(command.on);
    case 'set-last-seen':
      return client.preferences.setLastSeen(command.on);
    case 'retry':
      return client.retry(now, command.id);
    case 'discard':
      return client.discard(command.id);
    case 'set-classic':
      return client.setClassic(command.peer, command.classic);
    case 'set-verified':
      return client.setVerified(command.peer, command.verified);
    case 'accept-key':
      return client.acceptKey(now, command.peer, command.key);
    case 'refuse-key':
      return client.refuseKey(now, command.peer, command.key);
    case 'accept-server-key':
      return client.acceptServerKey(now, command.key);
    default:
      return command satisfies never;
  }
}
