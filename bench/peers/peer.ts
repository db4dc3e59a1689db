/** The other transports, by their names in the figures. */
export const rivalNames = ['raw-dgram', 'udx', 'wss', 'ws', 'socket.io', 'coap', 'stop-and-wait'] as const;
export type RivalName = (typeof rivalNames)[number];
/** Our transport, ours with the reference congestion controller, and ours with datagrams of at most 1,200 or 1,472 bytes. */
export type OwnName = 'chatagram' | 'chatagram-new-reno' | 'chatagram-1200' | 'chatagram-1472';
export type PeerName = OwnName | RivalName;

/** A transport between two processes on loopback. Each process holds one side. */
export interface Peer {
  /** Returns the port to connect to. */
  listen(station: Station): Promise<number>;
  connect(port: number, station: Station): Promise<Link>;
}

/** A connection, or its counterpart in a transport without connections. */
export interface Link {
  /** How many messages may be sent now. At 0, `station.onRoom` is called when it grows again. */
  room(messageBytes: number): number;
  /** Sends the message `count` times, all in this tick. */
  send(message: Uint8Array, count: number): void;
  /** The round trip that a connection of our transport measured. */
  readonly roundTripMs?: number | null;
}

/** The callbacks of a side. A peer that cannot continue throws: the run fails, and gives no figure. */
export interface Station {
  onMessage: (link: Link, message: Uint8Array) => void;
  onRoom: () => void;
  readonly counts: Counts;
}

/** Counted only for our own transport: the datagrams of others are not inspected. */
export interface Counts {
  connections: number;
  datagramsSent: number;
  datagramsReceived: number;
  /** Those that are practically full: at least `fullDatagramBytesMin`. */
  fullDatagramsSent: number;
  fullDatagramsReceived: number;
}

/** Of the 1,200 bytes of a datagram; smaller ones are acknowledgements or ends of messages. */
export const fullDatagramBytesMin = 1_000;

/** The limit for a transport that buffers without bound, so that a flood measures the transport and not memory. */
export const backlogBytesMax = 1024 * 1024;
