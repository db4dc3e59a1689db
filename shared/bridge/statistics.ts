import Type, { type Static } from 'typebox';
import { PeerKeySchema } from './schema.ts';

/** Counters of the transport, for users who look into a connection. Counts never fall within their scope. */

const Count = Type.Integer({ minimum: 0 });

/** A live connection; its counts began with it. */
export const ConnectionStatisticsSchema = Type.Object({
  peer: PeerKeySchema,
  /** True for the server of this chat. */
  isServer: Type.Boolean(),
  /** The proved address of the peer, `192.168.1.7:50001`, from which its packets come. */
  address: Type.String(),
  /** Stop-and-wait (PROTOCOL 8.15): this side wants it, or the other one. */
  classic: Type.Boolean(),
  /** Null before the first packet was acknowledged. */
  roundTripMs: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
  packetsSent: Count,
  packetsReceived: Count,
  packetsLost: Count,
  /** Messages, or parts of one, that were sent again. */
  sentAgain: Count,
  /** How often this side has changed its key (PROTOCOL 5.4). */
  keyChanges: Count,
  /** The largest datagram, in bytes of UDP payload, that the path to the peer is known to carry (PROTOCOL 5.16). */
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
  /** Of those received: thrown away, by cause (PROTOCOL 2.4 and later rules). */
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
  /** The server role, if this gateway runs it. */
  server: Type.Union([RoleStatisticsSchema, Type.Null()]),
  /** The client's connections, the newest last: the one with `peer`, or all, at most `connectionsShownMax`. */
  connections: Type.Array(ConnectionStatisticsSchema),
  /** Whether this side wants `classic` with the peer in question. Null without a peer. */
  classicWanted: Type.Union([Type.Boolean(), Type.Null()]),
});
export type Statistics = Static<typeof StatisticsSchema>;
