import { guestSignedBytes, type GuestOf, type HostStatement } from '../../shared/chat/guest.ts';
import type { PeerKey, SigningKey } from '../../shared/ids.ts';
import type { Signer, SigningKeyCheck } from './signer.ts';

/** A key with its signing key. */
interface Signatory {
  readonly key: PeerKey;
  readonly signingKey: SigningKey;
}

/** Signs that the key `guest` is a guest of the signer's machine, at this server only. */
export function signGuest(
  host: Signatory,
  guest: PeerKey,
  server: PeerKey,
  signer: Pick<Signer, 'sign'>,
): HostStatement {
  const hostSignature = signer.sign('guest', guestSignedBytes(host.key, guest, server));
  return { host: host.key, hostSigningKey: host.signingKey, hostSignature };
}

/** Adds the signature of the guest to the statement of its host. */
export function acceptHost(
  statement: HostStatement,
  guest: PeerKey,
  server: PeerKey,
  signer: Pick<Signer, 'sign'>,
): GuestOf {
  return {
    ...statement,
    guestSignature: signer.sign('guest', guestSignedBytes(statement.host, guest, server)),
  };
}

/** Whether host and guest have both signed, for a server that the one who checks knows. */
export type GuestCheck = (guestOf: GuestOf, guest: Signatory) => boolean;

export interface GuestChecks {
  readonly isSigningKeyOf: SigningKeyCheck;
  readonly signer: Pick<Signer, 'verify'>;
}

/** PROTOCOL 6.114: whether host and guest have both signed, for this server. The caller has checked the guest's signing key. */
export function isGuestOf(
  { host, hostSigningKey, hostSignature, guestSignature }: GuestOf,
  guest: Signatory,
  server: PeerKey,
  { isSigningKeyOf, signer }: GuestChecks,
): boolean {
  if (host === guest.key || host === server || !isSigningKeyOf(host, hostSigningKey)) return false;
  const signed = guestSignedBytes(host, guest.key, server);
  return (
    signer.verify('guest', hostSigningKey, signed, hostSignature) &&
    signer.verify('guest', guest.signingKey, signed, guestSignature)
  );
}
