import type { InstallationId, MessageId, PeerKey, ServerEpoch, SigningKey } from '../../shared/ids.ts';
import type { Identity, NewMessage } from './client-store.ts';
import type { NameRecord } from './server-store.ts';

export function sampleKey(number: number): PeerKey {
  return number.toString(16).padStart(64, '0') as PeerKey;
}

/** Stands for the signing key of a sample key; it is not a point of the curve. */
export function sampleSigningKeyOf(key: PeerKey): SigningKey {
  return [...key].reverse().join('') as string as SigningKey;
}

/** An identity of sample keys. */
export function sampleIdentity(number: number): Identity {
  const key = sampleKey(number);
  return { seed: new Uint8Array(32).fill(number), key, signingKey: sampleSigningKeyOf(key) };
}

export function sampleId(number: number): MessageId {
  return `01900000-0000-7000-8000-${number.toString(16).padStart(12, '0')}` as MessageId;
}

export function sampleInstallation(number: number): InstallationId {
  return number.toString(16).padStart(16, '0') as InstallationId;
}

export function sampleEpoch(number: number): ServerEpoch {
  return number.toString(16).padStart(16, '0') as ServerEpoch;
}

/** An incoming message of installation 1 of person 1, with the sequence of its number. */
export function sampleMessage(number: number, change: Partial<NewMessage> = {}): NewMessage {
  return {
    id: sampleId(number),
    peer: sampleKey(1),
    direction: 'in',
    text: `text ${number}`,
    sentAtMs: 1_700_000_000_000 + number,
    installation: sampleInstallation(1),
    sequence: number,
    ...change,
  };
}

/** A user that is online and not yet published. */
export function sampleName(number: number, change: Partial<NameRecord> = {}): NameRecord {
  return {
    key: sampleKey(number),
    signingKey: sampleSigningKeyOf(sampleKey(number)),
    nickname: `person${number}`,
    candidates: [],
    online: true,
    showsLastSeen: false,
    lastSeenMs: null,
    addressRevision: 0,
    onlineMs: 0,
    presenceSinceMs: 0,
    version: 0,
    ...change,
  };
}
