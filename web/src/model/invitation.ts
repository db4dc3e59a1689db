import { formatServer, withJoinCode } from '../../../shared/join-address-text.ts';
import type { OfferedAddress } from '../../../shared/network-kind.ts';
import type { ChatState } from '../../../shared/model/chat.ts';

/** How others join this chat. */
export interface Invitation {
  /** Join addresses to type on the first screen, the most likely one first. */
  readonly addresses: readonly OfferedAddress[];
  /** Only programs on this computer can use the addresses. */
  readonly onlyHere: boolean;
  /** This gateway runs the server, so the chat lives as long as the gateway runs. */
  readonly hosted: boolean;
  /** The port at which others look for the chat, if it has another one now. */
  readonly movedFrom: number | null;
}

export function invitationOf(chat: ChatState): Invitation | null {
  const { hosting, session } = chat;
  if (session.phase === 'none' || session.phase === 'joining') return null;
  if (hosting !== null && hosting.addresses.length > 0) {
    const addresses = hosting.addresses.map(({ address, network }) => ({
      address: withJoinCode(address, hosting.joinCode),
      network,
    }));
    return { addresses, onlyHere: false, hosted: true, movedFrom: hosting.movedFrom };
  }
  const joined = formatServer(session.server);
  const isOwnServer = hosting !== null && session.server.address === `127.0.0.1:${hosting.port}`;
  const own = hosting === null || isOwnServer ? joined : `127.0.0.1:${hosting.port}`;
  return {
    addresses: [{ address: own, network: 'lan' }],
    onlyHere: isOnlyHere(own),
    hosted: hosting !== null,
    movedFrom: hosting?.movedFrom ?? null,
  };
}

/** The gateway writes addresses in their usual form. */
const loopback = /^(?:127\.|\[::1\])/u;

function isOnlyHere(address: string): boolean {
  return loopback.test(address);
}
