import { formatAddress, type Address } from '../../shared/address.ts';
import { safeLine } from './safe-text.ts';

/** What the server role tells of itself, as far as a person at its console wants to read it. */
export type ServerChange =
  | { readonly type: 'registered'; readonly nickname: string; readonly address: Address }
  | {
      readonly type: 'departed';
      readonly nickname: string;
      readonly cause: 'deregistered' | 'silent' | 'unreachable';
    }
  | {
      readonly type: 'stored';
      readonly sender: string;
      readonly recipient: string;
      /** How many wait for the recipient now. */
      readonly waiting: number;
    }
  | { readonly type: 'delivered'; readonly recipient: string; readonly count: number };

/** One line for one change; who wrote what to whom is not in it. */
export function serverLine(change: ServerChange): string {
  switch (change.type) {
    case 'registered':
      return `${safeLine(change.nickname)} registered at ${formatAddress(change.address)}`;
    case 'departed':
      return departedLine(safeLine(change.nickname), change.cause);
    case 'stored':
      return `stored a message from ${safeLine(change.sender)} for ${safeLine(change.recipient)} (${change.waiting} waiting)`;
    case 'delivered':
      return `delivered ${change.count === 1 ? 'a message' : `${change.count} messages`} to ${safeLine(change.recipient)}`;
    default:
      return change satisfies never;
  }
}

function departedLine(nickname: string, cause: 'deregistered' | 'silent' | 'unreachable'): string {
  switch (cause) {
    case 'deregistered':
      return `${nickname} deregistered`;
    case 'silent':
      return `${nickname} is offline: silent for too long`;
    case 'unreachable':
      return `${nickname} is offline: does not answer`;
    default:
      return cause satisfies never;
  }
}

/** `Others join at 192.168.1.7:50000`, with the further addresses of this machine after it. */
export function joinLine(addresses: readonly string[]): string {
  if (addresses.length === 0) return 'This machine has no address at which others could join.';
  return `Others join at ${addresses.join(' or ')}`;
}
