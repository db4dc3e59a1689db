import Type, { type StaticDecode } from 'typebox';
import { formerInstallationsMax, oneTimeKeysMax, receiptIdsMax, rosterChunkRowsMax } from '../limits.ts';
import type { CddlName } from './cddl.ts';
import { conversationKindSchemas, isConversationKind } from './content-kinds.ts';
import { fileMessageSchemas } from './file-kinds.ts';
import { roomMessageSchemas } from './room-kinds.ts';
import {
  BodyField,
  CandidatesField,
  CheckIdField,
  CodeField,
  CountField,
  EnvelopeFormatField,
  EnvelopeTypeField,
  EpochField,
  FeaturesField,
  GuestOfField,
  JoinProofField,
  InstallationField,
  KeyField,
  MailKeyField,
  MailKeyIdField,
  MessageIdField,
  MessageTextField,
  NicknameField,
  PortsField,
  RetryAfterField,
  SealedField,
  SequenceField,
  ServerSettingsField,
  SigningKeyField,
  TriedField,
  WallClockField,
} from './fields.ts';

/**
 * The messages between clients and servers (PROTOCOL section 6). `kind` names the message. A reader ignores
 * fields that it does not know, and answers an unknown kind with `error`.
 */

// --- client to server ----------------------------------------------------------------------------------

/** Asks for a nickname and for presence. The server answers with `registered` or `register-rejected`. */
const Register = Type.Object({
  kind: Type.Literal('register'),
  /** Counts the client's registrations, so that a late message of an earlier one does not touch this one. */
  registration: CountField,
  /** The Ed25519 form of the key that this connection has proved. */
  signingKey: SigningKeyField,
  nickname: NicknameField,
  /** The data folder of the gateway. Its mail keys are the ones that others get (PROTOCOL 9.22). */
  installation: InstallationField,
  /** Installations that were before this one: their weekly keys came here in a backup. */
  formerInstallations: Type.Array(InstallationField, { maxItems: formerInstallationsMax }),
  /** Whether the user asked for it. Otherwise the gateway reconnects by itself, and gives way to another gateway. */
  userInitiated: Type.Boolean(),
  /** The addresses of the client's interfaces, with its port. */
  candidates: CandidatesField,
  /** The version of the client table that the client has; null without one. */
  roster: Type.Union([Type.Object({ epoch: EpochField, version: CountField }), Type.Null()]),
  settings: ServerSettingsField,
  /** What this client can do beyond the rules. The server hands it on in the client table. */
  features: FeaturesField,
  /** By the join code, where the client has one. A server that requires none ignores it. */
  joinProof: Type.Optional(JoinProofField),
  /** The host of this client's user, if the user is a guest. */
  guestOf: Type.Optional(GuestOfField),
});

/** The user has changed a setting that the server knows. Not answered. */
const ChangedSettings = Type.Object({ kind: Type.Literal('settings'), settings: ServerSettingsField });

/** The client's machine has other addresses than at the registration. Not answered. */
const Candidates = Type.Object({ kind: Type.Literal('candidates'), candidates: CandidatesField });

/** Asks where a peer can be reached. The server answers with `location`, or with `error` to a client that asks too often. */
const Locate = Type.Object({ kind: Type.Literal('locate'), key: KeyField });

/**
 * Rows came that do not follow on those that the client has. It asks for what follows on version `version` of the table of
 * this epoch; 0: for all. The server answers with `roster`, or with `error` to a client that asks too often.
 */
const RosterRequest = Type.Object({
  kind: Type.Literal('roster-request'),
  epoch: EpochField,
  version: CountField,
});

/** Asks for the server's time. The server answers with `time-reply`. */
const TimeRequest = Type.Object({ kind: Type.Literal('time-request') });

/** The client goes offline. The server answers with `deregistered`. */
const Deregister = Type.Object({
  kind: Type.Literal('deregister'),
  registration: CountField,
  /** The user gives the nickname up for good: the server forgets the key. */
  release: Type.Optional(Type.Boolean()),
});

/** Envelopes that their sender takes back, because its user deleted the messages. */
const withdrawals = {
  items: Type.Array(Type.Object({ to: KeyField, id: MessageIdField }), {
    minItems: 1,
    maxItems: receiptIdsMax,
  }),
};

/** Takes envelopes of the sender out of the mailboxes of `to`. The server answers with `withdrawn`. */
const Withdraw = Type.Object({ kind: Type.Literal('withdraw'), ...withdrawals });

/** The fields on the outside of an envelope, without the keys (PROTOCOL 9.1). */
const envelope = {
  format: EnvelopeFormatField,
  type: EnvelopeTypeField,
  id: MessageIdField,
  keyId: MailKeyIdField,
  sealed: SealedField,
};

/**
 * Asks the server to deliver or keep an envelope for `to`. The server answers with `stored` or `reject`, or not at all
 * when it delivers the envelope at once.
 */
const Store = Type.Object({ kind: Type.Literal('store'), to: KeyField, ...envelope });

/**
 * The recipient has these envelopes on disk, copies included. It answers `deliver`. `unopened`: the sender is blocked, and the
 * recipient will not open it.
 */
const DeliverAck = Type.Object({
  kind: Type.Literal('deliver-ack'),
  items: Type.Array(
    Type.Object({ sender: KeyField, id: MessageIdField, unopened: Type.Optional(Type.Boolean()) }),
    {
      minItems: 1,
      maxItems: receiptIdsMax,
    },
  ),
});

/** The recipient cannot take this envelope. It answers `deliver`; the sender gets a bounce with the code. */
const DeliverReject = Type.Object({
  kind: Type.Literal('deliver-reject'),
  sender: KeyField,
  id: MessageIdField,
  code: CodeField,
  /** The server hands it on with the bounce. */
  retryAfterMs: RetryAfterField,
});

/**
 * Gives the server the public mail keys of this installation: the weekly key, and one-time keys that no earlier
 * `mail-keys` had. The server answers with `mail-keys-kept`.
 */
const MailKeys = Type.Refine(
  Type.Object({
    kind: Type.Literal('mail-keys'),
    installation: InstallationField,
    weekly: MailKeyField,
    oneTime: Type.Array(MailKeyField, { maxItems: oneTimeKeysMax }),
  }),
  ({ weekly, oneTime }) => weekly.kind === 'weekly' && oneTime.every(({ kind }) => kind === 'one-time'),
  () => 'a weekly key and one-time keys',
);

/**
 * Asks for a mail key of a peer. The server answers with `mail-key`, or with `error` to a client that asks too often. An
 * answer may have the weekly key where a one-time key was asked for.
 */
const MailKeyRequest = Type.Object({
  kind: Type.Literal('mail-key-request'),
  peer: KeyField,
  oneTime: Type.Boolean(),
});

/** The content of a receipt (PROTOCOL 9.4, 9.7). */
const receipt = {
  /** These messages are on disk. */
  ids: Type.Array(MessageIdField, { maxItems: receiptIdsMax }),
  /** The user has read this message, and all before it that have arrived. */
  read: Type.Optional(MessageIdField),
};

/** Refuses a receipt that names no message. */
function namesMessage({ ids, read }: { ids: readonly unknown[]; read?: unknown }): boolean {
  return ids.length > 0 || read !== undefined;
}

/** The content of these bounces or receipts is on disk. It answers `bounces` and `receipt`. */
const ReceiptAck = Type.Refine(
  Type.Object({ kind: Type.Literal('receipt-ack'), ...receipt }),
  namesMessage,
  () => 'a receipt that names a message',
);

// --- server to client ----------------------------------------------------------------------------------

const Registered = Type.Object({
  kind: Type.Literal('registered'),
  registration: CountField,
  /** The server's own. */
  signingKey: SigningKeyField,
  /** Names the life of the server's database: a new database has none of the mail of the old one. */
  epoch: EpochField,
  /** The nickname as the server stores it. */
  nickname: NicknameField,
  /** The address at which the server sees the client. */
  observed: Type.String({ maxLength: 64 }),
  /** How many messages wait for the client. */
  waiting: CountField,
  /** The server's wall clock, the reference for all clocks of the chat. */
  wallMs: WallClockField,
  /** What the server can do beyond the rules. */
  features: FeaturesField,
});

const RegisterRejected = Type.Object({
  kind: Type.Literal('register-rejected'),
  registration: CountField,
  code: CodeField,
  /** The client registers again after this time. Without it, the user has to do something first. */
  retryAfterMs: RetryAfterField,
  suggestion: Type.Union([NicknameField, Type.Null()]),
});

const Deregistered = Type.Object({
  kind: Type.Literal('deregistered'),
  registration: CountField,
  /** The nickname is free, as the client has asked. */
  released: Type.Optional(Type.Boolean()),
});

/**
 * The rows of the client table that have changed after version `from`, as they are at version `to`. From 0, this is a
 * full snapshot. `last`: nothing newer exists. Each row is complete, so a copy does no harm.
 */
const Roster = Type.Object({
  kind: Type.Literal('roster'),
  epoch: EpochField,
  from: CountField,
  to: CountField,
  last: Type.Boolean(),
  rows: Type.Array(
    Type.Object({
      key: KeyField,
      /** Null only where `nickname` is null. */
      signingKey: Type.Union([SigningKeyField, Type.Null()]),
      /** Null when the name of this key was removed. */
      nickname: Type.Union([NicknameField, Type.Null()]),
      online: Type.Boolean(),
      /** Rises when the addresses of the peer change. */
      addressRevision: CountField,
      /** Since when the user is offline, by the server's clock; null if that is unknown or not to be published. */
      lastSeenMs: Type.Union([WallClockField, Type.Null()]),
      /** As in the client's `register`. */
      features: FeaturesField,
      /** As in the `register` with which the key came. The reader verifies it. */
      guestOf: Type.Optional(GuestOfField),
    }),
    { maxItems: rosterChunkRowsMax },
  ),
});

/** The server's wall clock, as in `registered`. */
const TimeReply = Type.Object({ kind: Type.Literal('time-reply'), wallMs: WallClockField });

/** Where the peer can be reached, first the address that the server sees. No candidates for a peer that is offline. */
const Location = Type.Object({
  kind: Type.Literal('location'),
  key: KeyField,
  addressRevision: CountField,
  candidates: CandidatesField,
});

/** The mail keys are on the server's disk. */
const MailKeysKept = Type.Object({
  kind: Type.Literal('mail-keys-kept'),
  /** The weekly key that the server hands out now. */
  weekly: MailKeyIdField,
  oneTimeLeft: CountField,
});

/** The server has no valid weekly key of this installation, or few one-time keys. The client answers with `mail-keys`. */
const MailKeysWanted = Type.Object({ kind: Type.Literal('mail-keys-wanted'), oneTimeLeft: CountField });

/**
 * A mail key of the peer, and the installation that has its private key. Without both, the server has no key. `oneTime`
 * repeats the request, so that a client with several requests knows which of them is answered.
 */
const MailKeyAnswer = Type.Object({
  kind: Type.Literal('mail-key'),
  peer: KeyField,
  oneTime: Type.Boolean(),
  installation: Type.Optional(InstallationField),
  key: Type.Optional(MailKeyField),
});

/** The message is on the server's disk and waits for its recipient. */
const Stored = Type.Object({ kind: Type.Literal('stored'), id: MessageIdField });

/** The server has none of these envelopes, whether it had them before or not. */
const Withdrawn = Type.Object({ kind: Type.Literal('withdrawn'), ...withdrawals });

/**
 * An envelope that came by the server. The recipient answers with `deliver-ack` after its commit, or with
 * `deliver-reject`.
 */
const Deliver = Type.Object({ kind: Type.Literal('deliver'), from: KeyField, to: KeyField, ...envelope });

/** The server removed these envelopes without delivering them. Their sender answers with `receipt-ack`. */
const Bounces = Type.Object({
  kind: Type.Literal('bounces'),
  items: Type.Array(
    Type.Object({
      id: MessageIdField,
      recipient: KeyField,
      code: CodeField,
      retryAfterMs: RetryAfterField,
    }),
    { minItems: 1, maxItems: receiptIdsMax },
  ),
});

/** The server refuses a `store`, or a client a `message`. */
const Reject = Type.Object({
  kind: Type.Literal('reject'),
  id: MessageIdField,
  code: CodeField,
  retryAfterMs: RetryAfterField,
});

// --- client to client ------------------------------------------------------------------------------------

/** The user types a chat message to this peer. Not answered, and not kept. */
const Typing = Type.Object({ kind: Type.Literal('typing') });

/** A message that travels directly. The recipient answers with `receipt` after its commit. */
const Message = Type.Object({ kind: Type.Literal('message'), id: MessageIdField, body: BodyField });

/** Confirms messages on disk, copies included, and how far the user has read. Answered by `receipt-ack`. */
const ReceiptMessage = Type.Refine(
  Type.Object({ kind: Type.Literal('receipt'), ...receipt }),
  namesMessage,
  () => 'a receipt that names a message',
);

// --- between clients, directly or by the server ---------------------------------------------------------------

/**
 * The user of `from` checks the connection with `to`, and asks what the other side sees. `to` tries the addresses of `from`, and answers
 * with `check-reply`.
 */
const CheckRequest = Type.Object({
  kind: Type.Literal('check-request'),
  from: KeyField,
  to: KeyField,
  check: CheckIdField,
  /** The asker tries the addresses of `to` from these ports. */
  ports: PortsField,
});

/** What `from` sees of its connection with `to`, which has asked. */
const CheckReply = Type.Object({
  kind: Type.Literal('check-reply'),
  from: KeyField,
  to: KeyField,
  check: CheckIdField,
  attempts: TriedField,
  /** Whether a datagram from one of the `ports` has arrived. */
  arrived: Type.Boolean(),
  /** The name of the firewall, only for people that the user knows. */
  firewall: Type.Optional(Type.String({ maxLength: 16 })),
});

// --- any direction -----------------------------------------------------------------------------------------------

/** The reader could not use a message. Never answered. */
const Failure = Type.Object({
  kind: Type.Literal('error'),
  code: CodeField,
  /** The kind of the message, where one could be read. */
  about: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
  /** The `id` of the message, where it had one that could be read. */
  id: Type.Optional(MessageIdField),
});

export const kindSchemas = {
  register: Register,
  settings: ChangedSettings,
  candidates: Candidates,
  locate: Locate,
  'roster-request': RosterRequest,
  'time-request': TimeRequest,
  deregister: Deregister,
  store: Store,
  withdraw: Withdraw,
  'deliver-ack': DeliverAck,
  'deliver-reject': DeliverReject,
  'receipt-ack': ReceiptAck,
  'mail-keys': MailKeys,
  'mail-key-request': MailKeyRequest,
  registered: Registered,
  'register-rejected': RegisterRejected,
  deregistered: Deregistered,
  roster: Roster,
  location: Location,
  'time-reply': TimeReply,
  'mail-keys-kept': MailKeysKept,
  'mail-keys-wanted': MailKeysWanted,
  'mail-key': MailKeyAnswer,
  stored: Stored,
  withdrawn: Withdrawn,
  deliver: Deliver,
  bounces: Bounces,
  reject: Reject,
  message: Message,
  receipt: ReceiptMessage,
  typing: Typing,
  'check-request': CheckRequest,
  'check-reply': CheckReply,
  ...roomMessageSchemas,
  ...fileMessageSchemas,
  error: Failure,
} as const;

export type MessageKind = keyof typeof kindSchemas;

/** A decoded message of any kind. */
export type ProtocolMessage = { [K in MessageKind]: StaticDecode<(typeof kindSchemas)[K]> }[MessageKind];
export type RosterRow = StaticDecode<typeof Roster>['rows'][number];
export type ProtocolMessageOf<K extends MessageKind> = Extract<ProtocolMessage, { kind: K }>;

/** A kind of content that this program does not know. The reader shows the fallback. */
const ForeignContent = Type.Object({
  kind: Type.Refine(
    Type.String({ minLength: 1, maxLength: 64, cddl: 'other-kind' satisfies CddlName }),
    (kind) => !isConversationKind(kind),
    () => 'a kind that is not known',
  ),
  /** What a program shows that does not know the kind. */
  fallback: Type.Optional(MessageTextField),
});

/** The content in the body of a `message`, and in an envelope of type `text`. */
export const ContentSchema = Type.Object({
  installation: InstallationField,
  /** Counts the messages from this installation to this recipient, from 1. */
  sequence: SequenceField,
  /** The sender's clock. */
  sentAtMs: WallClockField,
  /** The offset from the sender's clock to the server's, if it was measured. */
  clockOffsetMs: Type.Optional(WallClockField),
  content: Type.Union([
    conversationKindSchemas.text,
    conversationKindSchemas.reply,
    conversationKindSchemas.edit,
    conversationKindSchemas.delete,
    conversationKindSchemas.reaction,
    conversationKindSchemas.announcement,
    conversationKindSchemas.acknowledge,
    conversationKindSchemas.poll,
    conversationKindSchemas.vote,
    conversationKindSchemas['close-poll'],
    conversationKindSchemas.file,
    ForeignContent,
  ]),
});
export type Content = StaticDecode<typeof ContentSchema>;

/** The content of an envelope of type `receipt`: which of the recipient's messages its sender has. */
export const ReceiptSchema = Type.Refine(
  Type.Object(receipt),
  namesMessage,
  () => 'a receipt that names a message',
);
export type Receipt = StaticDecode<typeof ReceiptSchema>;
