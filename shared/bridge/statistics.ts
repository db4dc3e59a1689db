import Type, { type Static } from 'typebox';
import { PeerKeySchema } from './schema.ts';

/** Counters of the transport, for users who look into a connection. Counts only rise within their scope. */

const Count = Type.Integer({ minimum: 0 });

/** A live connection; its counts began with it. */
export const ConnectionStatisticsSchema = Type.Object({
  peer: PeerKeySchema,
  /** Not a person: the server of this chat. */
  isServer: Type.Boolean(),
  /** Where the peer is, `192.168.1.7:50001`: proved, and the packets' sender. */
  address: Type.String(),
  /** Stop-and-wait (PROTOCOL 8.15): this side wants it, or the other one. */
  classic: Type.Boolean(),
  /** Null before the first packet was acknowledged. */
  roundTripMs: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
  packetsSent: Count,
  packetsReceived: Count,
  packetsLost: Count,
  /** Messages, or parts of one, that left again. */
  sentAgain: Count,
  /** How often this side has changed its key (PROTOCOL 5.4). */
  keyChanges: Count,
  /** The largest datagram, in bytes of UDP payload, that the way there was found to take (PROTOCOL 5.16). */
  datagramBytes: Count,
});
export type ConnectionStatistics = Static<typeof ConnectionStatisticsSchema>;

/** All datagrams of one role's socket, since it opened. */
export const RoleStatisticsSchema = Type.Object({
  connections: Count,
  datagramsSent: Count,
  datagramsReceived: Count,
  bytesSent: Count,
  bytesReceived: Count,
  /** Of those sent: second and further attempts. */
  datagramsSentAgain: Count,
  /** Of those received: thrown away, by cause (PROTOCOL 2.4 and on). */
  dropped: Type.Record(Type.String(), Count),
  /** What the system refused to send, or reported while receiving. */
  sendErrors: Count,
  receiveErrors: Count,
  /** Not even given to the system: its queue was full, or there is no socket for that family. */
  unsent: Count,
});
export type RoleStatistics = Static<typeof RoleStatisticsSchema>;

export const StatisticsSchema = Type.Object({
  /** Null while no chat is joined. */
  client: Type.Union([RoleStatisticsSchema, Type.Null()]),
  /** The server role, if this gateway plays it. */
  server: Type.Union([RoleStatisticsSchema, Type.Null()]),
  /** The client's, the newest last: with the person asked about, or all of them, at most `connectionsShownMax`. */
  connections: Type.Array(ConnectionStatisticsSchema),
  /** Whether this side wants `classic` with the peer in question. Null without a peer. */
  classicWanted: Type.Union([Type.Boolean(), Type.Null()]),
});
export type Statistics = Static<typeof StatisticsSchema>;
