import { newMailKeyId } from '../../shared/chat/mail-key.ts';
import { directConversation, type ConversationId } from '../../shared/conversation.ts';
import { defaultServerSettings } from '../../shared/settings.ts';
import {
  fromHex,
  type InstallationId,
  type MailKeyId,
  type MessageId,
  type PeerKey,
  type ServerEpoch,
  type SigningKey,
} from '../../shared/ids.ts';
import type { Identity, MessageQuery, NewMessage, SearchRange } from './client-store.ts';
import { testRoomId, testServerKey } from '../../shared/rooms/test-room.ts';
import type { StoredRoom } from './room-repository.ts';
import type { NameRecord } from './server-store.ts';

/** Values for the tests of stores. */
export function sampleKey(number: number): PeerKey {
  return number.toString(16).padStart(64, '0') as PeerKey;
}

/** Stands for the signing key of a sample key; it is not a point of the curve. */
export function sampleSigningKeyOf(key: PeerKey): SigningKey {
  return [...key].reverse().join('') as SigningKey;
}

/** An identity of sample keys. */
export function sampleIdentity(number: number): Identity {
  const key = sampleKey(number);
  return { seed: new Uint8Array(32).fill(number), key, signingKey: sampleSigningKeyOf(key) };
}

/** A room of the test server, of which the client knows nothing else. */
export const sampleRoom: StoredRoom = {
  id: testRoomId,
  server: testServerKey,
  room: testRoomId,
  cutAt: 0,
  departure: null,
  listed: null,
  findings: [],
};

export function sampleId(number: number): MessageId {
  return `01900000-0000-7000-8000-${number.toString(16).padStart(12, '0')}` as MessageId;
}

export function sampleInstallation(number: number): InstallationId {
  return `${number.toString(16).padStart(8, '0')}01234567` as InstallationId;
}

/** A mail key of installation 1. */
export function sampleMailKeyId(number: number): MailKeyId {
  return newMailKeyId(sampleInstallation(1), fromHex(number.toString(16).padStart(8, '0')));
}

export function sampleEpoch(number: number): ServerEpoch {
  return number.toString(16).padStart(16, '0') as ServerEpoch;
}

/** The direct conversation with the person of this number. */
export function sampleConversation(number: number): ConversationId {
  return directConversation(sampleKey(number));
}

/** A search for words everywhere. */
export function sampleQuery(words: string, change: Partial<MessageQuery> = {}): MessageQuery {
  return { words, authors: null, conversations: null, hasLink: false, ...change };
}

export const newestTen: SearchRange = { before: null, limit: 10 };

/** The key of the store's user. */
export const sampleMe = sampleKey(0x99);

/** The identity of the store's user. */
export const sampleMyIdentity: Identity = { ...sampleIdentity(9), key: sampleMe };

/** A message by installation 1 of person 1, with the sequence of its number. */
export function sampleMessage(number: number, change: Partial<NewMessage> = {}): NewMessage {
  return {
    id: sampleId(number),
    conversation: sampleConversation(1),
    author: sampleKey(1),
    content: { kind: 'text', text: `text ${number}` },
    sentAtMs: 1_700_000_000_000 + number,
    clockOffsetMs: null,
    installation: sampleInstallation(1),
    sequence: number,
    recipients: [],
    ...change,
  };
}

/** A message of the user to a person (1 unless told otherwise), by installation 9. */
export function sampleOwn(
  number: number,
  { to = 1, ...change }: Partial<NewMessage> & { readonly to?: number } = {},
): NewMessage {
  return sampleMessage(number, {
    conversation: sampleConversation(to),
    author: sampleMe,
    installation: sampleInstallation(9),
    recipients: [sampleKey(to)],
    ...change,
  });
}

/** The conversation and the author of a message by this person. */
export function by(person: number): Pick<NewMessage, 'conversation' | 'author'> {
  return { conversation: sampleConversation(person), author: sampleKey(person) };
}

/** The content of a text message. */
export function text(words: string): Pick<NewMessage, 'content'> {
  return { content: { kind: 'text', text: words } };
}

/** A user that is online and not yet published. */
export function sampleName(number: number, change: Partial<NameRecord> = {}): NameRecord {
  return {
    key: sampleKey(number),
    signingKey: sampleSigningKeyOf(sampleKey(number)),
    nickname: `person${number}`,
    candidates: [],
    online: true,
    settings: defaultServerSettings,
    features: [],
    guestOf: null,
    lastSeenMs: null,
    addressRevision: 0,
    onlineMs: 0,
    presenceSinceMs: 0,
    version: 0,
    ...change,
  };
}

/** Opens a store, gives it to `use` inside of a turn, and closes it. */
export function inTurnOf<Store extends { begin(): void; commit(): void; close(): void }>(
  open: () => Store,
): (use: (store: Store) => void) => void {
  return (use) => {
    const store = open();
    store.begin();
    use(store);
    store.commit();
    store.close();
  };
}
