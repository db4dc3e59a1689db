/** The documents of the protocol. Their rules are numbered together, and `PROTOCOL 4.3` cites one of them. */
export const protocolDocuments: readonly string[] = [
  'docs/protocol/transport.md',
  'docs/protocol/chat.md',
  'docs/protocol/rooms.md',
  'docs/protocol/discovery.md',
  'docs/protocol/guests.md',
  'docs/protocol/files.md',
];
