/** The other transports, by the names that the figures carry. */
export const rivalNames = ['raw-dgram', 'udx', 'wss', 'ws', 'socket.io', 'coap', 'stop-and-wait'] as const;
export type RivalName = (typeof rivalNames)[number];
/** Ours, ours with the reference for its congestion controller, and ours without larger datagrams. */
export type OwnName = 'chatagram' | 'chatagram-new-reno' | 'chatagram-1200';
export type PeerName = OwnName | RivalName;

/** One way to carry messages between two processes on loopback. Each process holds one side. */
export interface Peer {
  /** Gives the port at which others may connect. */
  listen(station: Station): Promise<number>;
  connect(port: number, station: Station): Promise<Link>;
}

/** A connection, or what a transport without connections has in its place. */
export interface Link {
  /** How many messages may be sent now; at 0, `station.onRoom` tells when it grows again. */
  room(messageBytes: number): number;
  /** Sends the message so many times, all in this tick. */
  send(message: Uint8Array, count: number): void;
  /** As a connection of ours has found it, without load or with it. */
  readonly roundTripMs?: number | null;
}

/** What a side wants to be told. A peer that cannot go on throws: the run fails, and no figure is made of it. */
export interface Station {
  onMessage: (link: Link, message: Uint8Array) => void;
  onRoom: () => void;
  readonly counts: Counts;
}

/** Kept by our own transport alone: what the others put into a datagram is not looked into. */
export interface Counts {
  connections: number;
  datagramsSent: number;
  datagramsReceived: number;
  /** Of these, as good as full: at least `fullDatagramBytesMin`. */
  fullDatagramsSent: number;
  fullDatagramsReceived: number;
}

/** Of the 1,200 bytes that a datagram may have; the rest is an acknowledgement or a message's end. */
export const fullDatagramBytesMin = 1_000;

/** What a transport that buffers without bound may hold, so that a flood measures it and not the memory. */
export const backlogBytesMax = 1024 * 1024;
