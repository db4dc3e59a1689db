import Type, { type Static } from 'typebox';
import type { Ban, BanSubject } from '../ban.ts';
import {
  mailQuotaDaysMax,
  mailQuotaMebibytesMax,
  mailQuotaMessagesMax,
  roomMembersMax,
  roomsQuotaMax,
  trafficSecondsMax,
} from '../limits.ts';
import { quotaDayMs, quotaMebibyte, type Quotas } from '../quotas.ts';
import { AccessField } from '../rooms/content.ts';
import { EndedSchema, RoomIdSchema } from './rooms.ts';
import { PeerKeySchema } from './schema.ts';

/** What the operator of a server sees and sets. */

/** In whole messages, MiB and days. */
export const QuotasSchema = Type.Unsafe<Quotas>(
  Type.Object({
    mailboxMessagesMax: wholeNumber(1, mailQuotaMessagesMax),
    mailboxBytesMax: wholeNumber(quotaMebibyte, mailQuotaMebibytesMax),
    senderMessagesMax: wholeNumber(1, mailQuotaMessagesMax),
    senderBytesMax: wholeNumber(quotaMebibyte, mailQuotaMebibytesMax),
    ageMsMax: wholeNumber(quotaDayMs, mailQuotaDaysMax),
    roomsMax: wholeNumber(1, roomsQuotaMax),
    roomBytesMax: wholeNumber(quotaMebibyte, mailQuotaMebibytesMax),
    roomMembersMax: wholeNumber(1, roomMembersMax),
    roomsBytesMax: wholeNumber(quotaMebibyte, mailQuotaMebibytesMax),
  }),
);

/** By which column the operator sorts the people of a server. */
export const peopleOrders = ['nickname', 'address', 'seen', 'mailbox', 'traffic'] as const;
export type PeopleOrder = (typeof peopleOrders)[number];

const Count = Type.Integer({ minimum: 0 });

/**
 * People of a server, as columns of equal length: with 2,000 rows, the names of the fields would take most of the answer. Row n is
 * at place n of each column.
 */
export const PeopleResultSchema = Type.Object({
  nicknames: Type.Array(Type.String()),
  /** The first 16 hexadecimal digits of each key. */
  keys: Type.Array(Type.String({ pattern: '^[0-9a-f]{16}$' })),
  /** Where the server saw the client last, `192.168.1.7:51000`. */
  addresses: Type.Array(Type.String()),
  online: Type.Array(Type.Boolean()),
  /** When the user went offline; null while online, and where the server does not know. */
  lastSeenMs: Type.Array(Type.Union([Type.Number(), Type.Null()])),
  /** Messages that wait, and the bytes of all that waits. */
  waiting: Type.Array(Count),
  waitingBytes: Type.Array(Count),
  /** Packets of the live connection; 0 without one. */
  packetsReceived: Type.Array(Count),
  packetsSent: Type.Array(Count),
  /** How many people match in total, and how many of them are online. */
  matching: Count,
  matchingOnline: Count,
});
export type PeopleResult = Static<typeof PeopleResultSchema>;

/** A row of `PeopleResult`. */
export interface ServerPerson {
  readonly nickname: string;
  readonly key: string;
  readonly address: string;
  readonly online: boolean;
  readonly lastSeenMs: number | null;
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
}

/** Makes columns of rows. */
export function peopleColumns(
  people: readonly ServerPerson[],
): Omit<PeopleResult, 'matching' | 'matchingOnline'> {
  return {
    nicknames: people.map(({ nickname }) => nickname),
    keys: people.map(({ key }) => key),
    addresses: people.map(({ address }) => address),
    online: people.map(({ online }) => online),
    lastSeenMs: people.map(({ lastSeenMs }) => lastSeenMs),
    waiting: people.map(({ waiting }) => waiting),
    waitingBytes: people.map(({ waitingBytes }) => waitingBytes),
    packetsReceived: people.map(({ packetsReceived }) => packetsReceived),
    packetsSent: people.map(({ packetsSent }) => packetsSent),
  };
}

/** Makes rows of columns. */
export function peopleRows(columns: PeopleResult): ServerPerson[] {
  return columns.nicknames.map((nickname, row) => ({
    nickname,
    key: columns.keys[row] ?? '',
    address: columns.addresses[row] ?? '',
    online: columns.online[row] ?? false,
    lastSeenMs: columns.lastSeenMs[row] ?? null,
    waiting: columns.waiting[row] ?? 0,
    waitingBytes: columns.waitingBytes[row] ?? 0,
    packetsReceived: columns.packetsReceived[row] ?? 0,
    packetsSent: columns.packetsSent[row] ?? 0,
  }));
}

/** What waits in the mailboxes of a server, never a content. `largest`: those with most bytes first. */
export const MailboxesResultSchema = Type.Object({
  mailboxes: Count,
  messages: Count,
  bytes: Count,
  largest: Type.Array(Type.Object({ nickname: Type.String(), messages: Count, bytes: Count })),
});
export type MailboxesResult = Static<typeof MailboxesResultSchema>;

/** A number for each of the last seconds, the newest last. */
const Counts = Type.Array(Count, { maxItems: trafficSecondsMax });

/** What the server role did in each of the last seconds. All lists are equally long. */
export const TrafficSchema = Type.Object({
  datagramsReceived: Counts,
  datagramsSent: Counts,
  bytesReceived: Counts,
  bytesSent: Counts,
  /** What the server refused, by code: only codes with one in this time, the most frequent first. */
  refused: Type.Array(Type.Object({ code: Type.String(), counts: Counts })),
  /** Datagrams that it threw away, by cause. */
  dropped: Type.Array(Type.Object({ code: Type.String(), counts: Counts })),
  /** Live connections now. */
  connections: Count,
  /** The number of the newest line of the log. */
  logNumber: Count,
});
export type Traffic = Static<typeof TrafficSchema>;

export const LogResultSchema = Type.Object({
  lines: Type.Array(
    Type.Object({
      /** 1 for the first line since the start of the gateway. */
      number: Count,
      wallMs: Type.Number(),
      /** The part of the program: `server`, `client`, `transport`, `store` or `bridge`. */
      layer: Type.String(),
      text: Type.String(),
    }),
  ),
});
export type LogLine = Static<typeof LogResultSchema>['lines'][number];

export const BanSubjectSchema = Type.Unsafe<BanSubject>(
  Type.Union([
    Type.Object({ type: Type.Literal('nickname'), nickname: Type.String() }),
    Type.Object({ type: Type.Literal('nickname-or-address'), text: Type.String() }),
    Type.Object({ type: Type.Literal('key'), key: PeerKeySchema }),
    /** With or without a port. An IPv6 address stands for its network of 64 bits. */
    Type.Object({ type: Type.Literal('address'), address: Type.String() }),
  ]),
);

const BanSchema = Type.Unsafe<Ban>(
  Type.Object({
    banned: Type.Union([
      Type.Object({
        type: Type.Literal('key'),
        key: PeerKeySchema,
        nickname: Type.Union([Type.String(), Type.Null()]),
      }),
      Type.Object({ type: Type.Literal('address'), address: Type.String() }),
    ]),
    untilMs: Type.Union([Type.Number(), Type.Null()]),
  }),
);

export const BanResultSchema = Type.Object({ ban: BanSchema });
export const BansResultSchema = Type.Object({ bans: Type.Array(BanSchema) });

/** In groups of four characters; null while new users need none. */
export const JoinCodeResultSchema = Type.Object({ joinCode: Type.Union([Type.String(), Type.Null()]) });

/** A room at the server. `bytes`: what its log takes on the disk of the server. */
const ServerRoomSchema = Type.Object({
  room: RoomIdSchema,
  name: Type.String(),
  access: AccessField,
  members: Type.Integer({ minimum: 0 }),
  entries: Type.Integer({ minimum: 0 }),
  bytes: Type.Integer({ minimum: 0 }),
  ended: EndedSchema,
});
export type ServerRoom = Static<typeof ServerRoomSchema>;

/** The largest is first. */
export const ServerRoomsResultSchema = Type.Object({ rooms: Type.Array(ServerRoomSchema) });

/** The new owner of a room, by the key or by the nickname that the server knows. */
export const NewOwnerSchema = Type.Union([
  Type.Object({ type: Type.Literal('key'), key: PeerKeySchema }),
  Type.Object({ type: Type.Literal('nickname'), nickname: Type.String() }),
]);

export type NewOwner = Static<typeof NewOwnerSchema>;

export const QuotasResultSchema = Type.Object({ quotas: QuotasSchema });

function wholeNumber(unit: number, most: number) {
  return Type.Integer({ minimum: unit, maximum: most * unit, multipleOf: unit });
}
