import { formatServer, withJoinCode } from '../../../shared/join-address-text.ts';
import type { OfferedAddress } from '../../../shared/network-kind.ts';
import type { AppView } from './app-view.ts';

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

/** Null for a guest: a browser is no place from which others can join. */
export function invitationOf({ chat, guest }: Pick<AppView, 'chat' | 'guest'>): Invitation | null {
  const { hosting, session } = chat;
  if (guest !== null) return null;
  const isJoined = session.phase !== 'none' && session.phase !== 'joining';
  // A process with a server alone has no session.
  if (!isJoined && (hosting === null || session.phase === 'joining')) return null;
  if (hosting !== null) {
    const onlyHere = hosting.addresses.length === 0;
    const offered = onlyHere ? [{ address: hosting.here, network: 'lan' } as const] : hosting.addresses;
    const addresses = offered.map(({ address, network }) => ({
      address: withJoinCode(address, hosting.joinCode),
      network,
    }));
    return { addresses, onlyHere, hosted: true, movedFrom: hosting.movedFrom };
  }
  if (!isJoined) return null;
  const address = formatServer(session.server);
  return {
    addresses: [{ address, network: 'lan' }],
    onlyHere: isOnlyHere(address),
    hosted: false,
    movedFrom: null,
  };
}

/** The gateway writes addresses in their usual form. */
const loopback = /^(?:127\.|\[::1\])/u;

function isOnlyHere(address: string): boolean {
  return loopback.test(address);
}
