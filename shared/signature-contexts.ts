/**
 * What an identity signs. Each signature covers its context string, a zero byte, and then the bytes: a signature for one
 * purpose is never valid for another (docs/decisions/0018-identity.md). A new kind of signature is a new row. A row that
 * was released never changes.
 */
export const signatureContexts = {
  /** An entry of a room's log, by its author. */
  'room-entry': 'chatagram room entry 1',
  /** The newest entry of a room's log and its number, by the server. */
  'room-head': 'chatagram room head 1',
  /** The state of a room at an entry of its log, by the server. */
  'room-checkpoint': 'chatagram room checkpoint 1',
  /** A mail key, by its recipient (PROTOCOL 9.20). */
  'mail-key': 'chatagram mail key 1',
  /** An answer to a search for servers on the local network, by the server. */
  beacon: 'chatagram beacon 1',
  /** That a key is a guest of a host, by the host and by the guest (PROTOCOL 6.114). */
  guest: 'chatagram guest 1',
} as const;

export type SignatureContext = keyof typeof signatureContexts;
