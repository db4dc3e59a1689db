import type { ServerChange } from '../../../shared/bridge/server-change.ts';
import { errors, isErrorCode } from '../../../shared/errors.ts';
import type { NetworkKind, OfferedAddress } from '../../../shared/network-kind.ts';
import { safeLine } from '../text/safe-text.ts';

/** Returns the line for one change at the server. It never contains the text of a message. */
export function serverLine(change: ServerChange): string {
  switch (change.type) {
    case 'registered':
      return `${safeLine(change.nickname)} registered at ${change.address}`;
    case 'moved':
      return `${safeLine(change.nickname)} moved to ${change.address}`;
    case 'departed':
      return departedLine(safeLine(change.nickname), change.cause);
    case 'stored':
      return `stored a message from ${safeLine(change.sender)} for ${safeLine(change.recipient)} (${change.waiting} waiting)`;
    case 'delivered':
      return `delivered ${change.count === 1 ? 'a message' : `${change.count} messages`} to ${safeLine(change.recipient)}`;
    case 'refused':
      return `${safeLine(change.nickname)} at ${change.address} was refused: ${refusalOf(change.code)}`;
    case 'other-version':
      return `${change.from}${andOthers(change.others)} uses version ${change.version} of the protocol, which this server does not support; install the same version of Chatagram on both`;
    default:
      return change satisfies never;
  }
}

/** Anyone can forge another version, so its line only counts further addresses (PROTOCOL 3.3). */
export function andOthers(count: number): string {
  if (count === 0) return '';
  return count === 1 ? ' (and 1 other address)' : ` (and ${count} other addresses)`;
}

function refusalOf(code: string): string {
  return isErrorCode(code) ? errors[code].sentence : safeLine(code);
}

function departedLine(nickname: string, cause: Extract<ServerChange, { type: 'departed' }>['cause']): string {
  switch (cause) {
    case 'deregistered':
      return `${nickname} deregistered`;
    case 'silent':
      return `${nickname} is offline: silent for too long`;
    case 'unreachable':
      return `${nickname} is offline: does not answer`;
    case 'released':
      return `${nickname} is offline: the nickname was released`;
    case 'banned':
      return `${nickname} is offline: banned`;
    default:
      return cause satisfies never;
  }
}

/** What the window shows. A log gets no code. */
export function joinCodeLine(joinCode: string, isWindow: boolean): string {
  if (isWindow) return `New users need the join code ${joinCode}.`;
  return 'New users need the join code. Type join-code to see it.';
}

/** Returns `Others join at 192.168.1.7:50000#k7q2-m4xd-9f3a-t6nz`, followed by the other addresses of this machine. */
export function joinLine(addresses: readonly OfferedAddress[]): string {
  if (addresses.length === 0)
    return 'This computer has no network address that others could type. On its network, they may find the chat under "Chats nearby".';
  return `Others join at ${addresses.map(offeredText).join(' or ')}`;
}

/** Says the addresses again after they changed. */
export function changedJoinLine(addresses: readonly OfferedAddress[]): string {
  return `The addresses changed: ${lowerFirst(joinLine(addresses))}`;
}

function offeredText({ address, network }: OfferedAddress): string {
  const name = networkNames[network];
  return name === '' ? address : `${address} (${name})`;
}

const networkNames: Readonly<Record<NetworkKind, string>> = {
  lan: '',
  vpn: 'VPN',
  docker: 'Docker',
  virtual: 'virtual network',
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
