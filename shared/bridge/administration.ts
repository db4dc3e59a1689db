import Type, { type Static } from 'typebox';
import type { Ban, BanSubject } from '../ban.ts';
import {
  mailQuotaDaysMax,
  mailQuotaMebibytesMax,
  mailQuotaMessagesMax,
  roomMembersMax,
  roomsQuotaMax,
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

/** A registered nickname at the server. */
const NameEntrySchema = Type.Object({
  nickname: Type.String(),
  online: Type.Boolean(),
  /** Messages that wait for this person. */
  waiting: Type.Integer({ minimum: 0 }),
});
export type NameEntry = Static<typeof NameEntrySchema>;

/** The first matching names, in order, and the number of all matching names. */
export const NamesResultSchema = Type.Object({
  names: Type.Array(NameEntrySchema),
  matching: Type.Integer({ minimum: 0 }),
});
export type NamesResult = Static<typeof NamesResultSchema>;

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

export const QuotasResultSchema = Type.Object({ quotas: QuotasSchema });

function wholeNumber(unit: number, most: number) {
  return Type.Integer({ minimum: unit, maximum: most * unit, multipleOf: unit });
}
