import type { MessageId, RoomId } from '../../shared/ids.ts';

/** What room-load.ts asks of a process with members (room-member.ts). */
export type RoomLoadCommand =
  /** All members of this process join the room; the first one of all creates it. */
  | { readonly type: 'join'; readonly room: RoomId; readonly name: string; readonly create: boolean }
  /** The members of this process post in turn. */
  | { readonly type: 'post'; readonly perSecond: number; readonly seconds: number }
  /** Asks for what has happened since the last report. */
  | { readonly type: 'report' };

export type RoomLoadReport =
  | { readonly type: 'state'; readonly online: number; readonly joined: number }
  | { readonly type: 'counts'; readonly counts: RoomLoadCounts };

/** Times are milliseconds of the wall clock, which all processes of the machine share. */
export interface RoomLoadCounts {
  /** When each post was due. */
  readonly posted: Record<MessageId, number>;
  /** When the last member without loss had the message on its disk, and how many members have it. */
  readonly committed: Record<MessageId, { lastMs: number; members: number }>;
  /** When the member with loss had it. */
  readonly committedWithLoss: Record<MessageId, number>;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Processor time of this process since the last report, with all its threads. */
  readonly processorMs: number;
}
