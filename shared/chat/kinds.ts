import Type, { type StaticDecode } from 'typebox';
import { receiptIdsMax, rosterChunkRowsMax } from '../limits.ts';
import {
  BodyField,
  CandidatesField,
  CountField,
  EnvelopeTypeField,
  EpochField,
  InstallationField,
  KeyField,
  MessageIdField,
  NicknameField,
  SealedField,
  InstanceField,
  SequenceField,
  SigningKeyField,
  WallClockField,
} from './fields.ts';

/**
 * What clients and servers say to each other (docs/PROTOCOL.md section 6). `kind` names the message; fields that a
 * reader does not know are ignored, an unknown kind is answered with `error` (DESIGN section 4).
 */

// --- client to server ----------------------------------------------------------------------------------

/** I am here, and this is the name that I want. Answered by `registered` or `not-registered`. */
const Register = Type.Object({
  kind: Type.Literal('register'),
  /** Counts a client's registrations, so that nothing late of an earlier one touches this one. */
  registration: CountField,
  /** The Ed25519 form of the key that this connection has proved. */
  signingKey: SigningKeyField,
  nickname: NicknameField,
  /** Which run of which gateway this is: the key alone does not tell two of one person apart. */
  instanceId: InstanceField,
  /** Whether the person asked for it; else this gateway comes back by itself, and gives way to another one. */
  userInitiated: Type.Boolean(),
  /** Addresses of my own interfaces with my port. */
  candidates: CandidatesField,
  /** How much of the client table I have; null for nothing. */
  roster: Type.Union([Type.Object({ epoch: EpochField, version: CountField }), Type.Null()]),
  /** Whether others may know when I was online last. */
  showsLastSeen: Type.Boolean(),
});

/** Whether others may know when I was online last, from now on. Not answered. */
const LastSeen = Type.Object({ kind: Type.Literal('last-seen'), shows: Type.Boolean() });

/** My machine has other addresses than at my registration. Not answered. */
const Candidates = Type.Object({ kind: Type.Literal('candidates'), candidates: CandidatesField });

/** Where can this person be reached? Answered by `whereabouts`, or by `error` when I ask too often. */
const Locate = Type.Object({ kind: Type.Literal('locate'), key: KeyField });

/** What does your clock say? Answered by `time`. */
const TimeRequest = Type.Object({ kind: Type.Literal('time-request') });

/** I go offline. Answered by `deregistered`. */
const Deregister = Type.Object({ kind: Type.Literal('deregister'), registration: CountField });

/** What is on an envelope besides the keys (docs/PROTOCOL.md 9.1). */
const envelope = {
  type: EnvelopeTypeField,
  id: MessageIdField,
  installation: InstallationField,
  /** 0 for what has no place in a conversation. */
  sequence: CountField,
  sealed: SealedField,
};

/** Please deliver or keep this for `to`. Answered by `stored` or `declined`, or by nothing when it is delivered at once. */
const Store = Type.Object({ kind: Type.Literal('store'), to: KeyField, ...envelope });

/** I have these on disk (copies included): answers `deliver`. */
const DeliverAck = Type.Object({
  kind: Type.Literal('deliver-ack'),
  items: Type.Array(Type.Object({ sender: KeyField, id: MessageIdField }), {
    minItems: 1,
    maxItems: receiptIdsMax,
  }),
});

/** Return to sender: I cannot take this envelope. Answers `deliver`; the sender gets a notice with the code. */
const DeliverReject = Type.Object({
  kind: Type.Literal('deliver-reject'),
  sender: KeyField,
  id: MessageIdField,
  code: Type.String({ maxLength: 64 }),
});

/** What a receipt says (docs/PROTOCOL.md 9.4, 9.7). */
const receipt = {
  /** These are on disk. */
  ids: Type.Array(MessageIdField, { maxItems: receiptIdsMax }),
  /** Read up to this one, with all before it that have arrived. */
  read: Type.Optional(MessageIdField),
};

/** A receipt that names nothing is none. */
function saysSomething({ ids, read }: { ids: readonly unknown[]; read?: unknown }): boolean {
  return ids.length > 0 || read !== undefined;
}

/** I have these notices, or what these receipts say, on disk: answers `notices` and `received`. */
const ReceiptAck = Type.Refine(
  Type.Object({ kind: Type.Literal('receipt-ack'), ...receipt }),
  saysSomething,
  () => 'a receipt of something',
);

// --- server to client ----------------------------------------------------------------------------------

const Registered = Type.Object({
  kind: Type.Literal('registered'),
  registration: CountField,
  /** The server's. */
  signingKey: SigningKeyField,
  /** The life of the server's database: a new one has forgotten what an old one stored. */
  epoch: EpochField,
  /** The nickname as the server keeps it. */
  nickname: NicknameField,
  /** The address at which the server sees me. */
  observed: Type.String({ maxLength: 64 }),
  /** How many messages wait for me. */
  waiting: CountField,
  /** The server's wall clock: what all clocks of a chat are measured by. */
  wallMs: WallClockField,
});

const RegisterRejected = Type.Object({
  kind: Type.Literal('register-rejected'),
  registration: CountField,
  code: Type.String({ maxLength: 64 }),
  suggestion: Type.Union([NicknameField, Type.Null()]),
});

const Deregistered = Type.Object({ kind: Type.Literal('deregistered'), registration: CountField });

/**
 * The rows of the client table that have changed after version `from`, as they are at version `to`; from 0: the table
 * begins anew. `last`: there is nothing newer yet. Each row is told whole, so a copy harms nothing.
 */
const Roster = Type.Object({
  kind: Type.Literal('roster'),
  epoch: EpochField,
  from: CountField,
  to: CountField,
  last: Type.Boolean(),
  people: Type.Array(
    Type.Object({
      key: KeyField,
      /** Null only where `nickname` is null. */
      signingKey: Type.Union([SigningKeyField, Type.Null()]),
      /** Null: nobody has this key's name any more. */
      nickname: Type.Union([NicknameField, Type.Null()]),
      online: Type.Boolean(),
      /** Rises when the person is to be found elsewhere than before. */
      addressRevision: CountField,
      /** Since when the person is offline, by the server's clock; null where nobody knows, or nobody is to know. */
      lastSeenMs: Type.Union([WallClockField, Type.Null()]),
    }),
    { maxItems: rosterChunkRowsMax },
  ),
});

/** The server's wall clock, as in `registered`. */
const TimeReply = Type.Object({ kind: Type.Literal('time-reply'), wallMs: WallClockField });

/** Where the person can be reached, the address that the server sees first; nowhere for somebody who is offline. */
const Location = Type.Object({
  kind: Type.Literal('location'),
  key: KeyField,
  addressRevision: CountField,
  candidates: CandidatesField,
});

/** The message is on the server's disk and waits for its recipient. */
const Stored = Type.Object({ kind: Type.Literal('stored'), id: MessageIdField });

/** An envelope that came by the server. Answered by `taken` after the recipient's commit, or by `returned`. */
const Deliver = Type.Object({ kind: Type.Literal('deliver'), from: KeyField, to: KeyField, ...envelope });

/** These envelopes of yours are on the server no more, without having been taken. Answered by `noted`. */
const Bounces = Type.Object({
  kind: Type.Literal('bounces'),
  items: Type.Array(
    Type.Object({ id: MessageIdField, recipient: KeyField, code: Type.String({ maxLength: 64 }) }),
    { minItems: 1, maxItems: receiptIdsMax },
  ),
});

/** A `store` that the server refuses, or a `message` that a client does; the code says whether trying again can help. */
const Reject = Type.Object({
  kind: Type.Literal('reject'),
  id: MessageIdField,
  code: Type.String({ maxLength: 64 }),
});

// --- client to client ------------------------------------------------------------------------------------

/** A message, directly. Answered by `received` after the recipient's commit. */
const Message = Type.Object({ kind: Type.Literal('message'), id: MessageIdField, body: BodyField });

/** I have these on disk (copies included), and have read so far. Answered by `noted`. */
const ReceiptMessage = Type.Refine(
  Type.Object({ kind: Type.Literal('receipt'), ...receipt }),
  saysSomething,
  () => 'a receipt of something',
);

// --- anybody -----------------------------------------------------------------------------------------------

/** I could not do anything with what you said. Never answered. */
const Failure = Type.Object({
  kind: Type.Literal('error'),
  code: Type.String({ maxLength: 64 }),
  about: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
});

export const kindSchemas = {
  register: Register,
  'last-seen': LastSeen,
  candidates: Candidates,
  locate: Locate,
  'time-request': TimeRequest,
  deregister: Deregister,
  store: Store,
  'deliver-ack': DeliverAck,
  'deliver-reject': DeliverReject,
  'receipt-ack': ReceiptAck,
  registered: Registered,
  'register-rejected': RegisterRejected,
  deregistered: Deregistered,
  roster: Roster,
  location: Location,
  'time-reply': TimeReply,
  stored: Stored,
  deliver: Deliver,
  bounces: Bounces,
  reject: Reject,
  message: Message,
  receipt: ReceiptMessage,
  error: Failure,
} as const;

export type MessageKind = keyof typeof kindSchemas;

/** Anything that is said, in the domain's words. */
export type ProtocolMessage =
  | StaticDecode<typeof Register>
  | StaticDecode<typeof LastSeen>
  | StaticDecode<typeof Candidates>
  | StaticDecode<typeof Locate>
  | StaticDecode<typeof TimeRequest>
  | StaticDecode<typeof Deregister>
  | StaticDecode<typeof Store>
  | StaticDecode<typeof DeliverAck>
  | StaticDecode<typeof DeliverReject>
  | StaticDecode<typeof ReceiptAck>
  | StaticDecode<typeof Registered>
  | StaticDecode<typeof RegisterRejected>
  | StaticDecode<typeof Deregistered>
  | StaticDecode<typeof Roster>
  | StaticDecode<typeof Location>
  | StaticDecode<typeof TimeReply>
  | StaticDecode<typeof Stored>
  | StaticDecode<typeof Deliver>
  | StaticDecode<typeof Bounces>
  | StaticDecode<typeof Reject>
  | StaticDecode<typeof Message>
  | StaticDecode<typeof ReceiptMessage>
  | StaticDecode<typeof Failure>;
export type RosterRow = StaticDecode<typeof Roster>['people'][number];
export type ProtocolMessageOf<K extends MessageKind> = Extract<ProtocolMessage, { kind: K }>;

/** What the body of a `message`, and an envelope of type `text`, holds. */
export const ContentSchema = Type.Object({
  installation: InstallationField,
  /** Counts this installation's messages to this recipient, from 1. */
  sequence: SequenceField,
  /** The sender's clock. */
  sentAtMs: WallClockField,
  /** What the sender's clock lacked to the server's, where that was measured. */
  clockOffsetMs: Type.Optional(WallClockField),
  text: Type.String(),
});
export type Content = StaticDecode<typeof ContentSchema>;

/** What an envelope of type `receipt` holds: what its sender has of its recipient's messages. */
export const ReceiptSchema = Type.Refine(Type.Object(receipt), saysSomething, () => 'a receipt of something');
export type Receipt = StaticDecode<typeof ReceiptSchema>;
