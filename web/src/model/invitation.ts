import { formatAddress, isLoopback, parseAddress } from '../../../shared/address.ts';
import type { ChatState } from '../../../shared/model/chat.ts';

/** How others join this chat. */
export interface Invitation {
  /** Addresses to type on the first screen, the most likely one first. */
  readonly addresses: readonly string[];
  /** Only programs on this computer can use the addresses. */
  readonly onlyHere: boolean;
  /** This gateway runs the server, so the chat lives as long as the gateway runs. */
  readonly hosted: boolean;
}

export function invitationOf(chat: ChatState): Invitation | null {
  const { hosting, session } = chat;
  if (session.phase === 'none' || session.phase === 'joining') return null;
  if (hosting !== null && hosting.addresses.length > 0) {
    const addresses = hosting.addresses.map((text) => {
      const address = parseAddress(text, hosting.port);
      return address === undefined ? text : formatAddress(address);
    });
    return { addresses, onlyHere: addresses.every(isOnlyHere), hosted: true };
  }
  const own = hosting === null ? session.server : `127.0.0.1:${hosting.port}`;
  return { addresses: [own], onlyHere: isOnlyHere(own), hosted: hosting !== null };
}

function isOnlyHere(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isLoopback(address.host);
}
