import type { ProtocolCode } from './codes.ts';
import type { MessageKind } from './kinds.ts';

/** How one kind of message travels, and what answers it. */
export interface KindRow {
  readonly paths: readonly ('client to server' | 'server to client' | 'client to client')[];
  /**
   * Chat messages and all that is said about them keep their order in one channel. The rest does not wait for them. The bytes of files
   * have a channel that gives way to both. What is worthless a moment later is an unreliable message of the transport (PROTOCOL 8.14).
   */
  readonly channel: 'control' | 'chat' | 'bulk' | 'unreliable';
  /** The kinds that answer it, besides `error`. */
  readonly answers: readonly MessageKind[];
  /** The codes with which it is refused, besides those about rooms (PROTOCOL 10.17, 10.39) and files (13.11), and besides `unknown-kind`, `malformed` and `not-registered` of an `error` to any kind. */
  readonly codes: readonly ProtocolCode[];
}

const toServer = ['client to server'] as const;
const toClient = ['server to client'] as const;
const betweenClients = ['client to client'] as const;

/** PROTOCOL 6.67. docs/protocol/chat.md has the same table. */
export const kindTable = {
  register: {
    paths: toServer,
    channel: 'control',
    answers: ['registered', 'register-rejected'],
    codes: [
      'signing-key-invalid',
      'guest-statement-invalid',
      'guest-host-unknown',
      'banned',
      'join-code-required',
      'join-code-wrong',
      'too-many-tries',
      'nickname-empty',
      'nickname-too-long',
      'nickname-not-allowed',
      'displaced',
      'nickname-taken',
      'nickname-look-alike',
      'guests-full',
      'server-full',
      'too-often',
      'name-released',
    ],
  },
  settings: { paths: toServer, channel: 'control', answers: [], codes: [] },
  candidates: { paths: toServer, channel: 'control', answers: [], codes: [] },
  locate: { paths: toServer, channel: 'control', answers: ['location'], codes: ['too-often'] },
  'roster-request': { paths: toServer, channel: 'control', answers: ['roster'], codes: ['too-often'] },
  'time-request': { paths: toServer, channel: 'control', answers: ['time-reply'], codes: [] },
  deregister: { paths: toServer, channel: 'control', answers: ['deregistered'], codes: [] },
  'mail-keys': { paths: toServer, channel: 'control', answers: ['mail-keys-kept'], codes: [] },
  'mail-key-request': { paths: toServer, channel: 'control', answers: ['mail-key'], codes: ['too-often'] },
  store: {
    paths: toServer,
    channel: 'chat',
    answers: ['stored', 'reject'],
    codes: [
      'unknown-recipient',
      'unknown-mail-key',
      'mailbox-full',
      'sender-quota-full',
      'server-disk-full',
      'message-expired',
    ],
  },
  withdraw: { paths: toServer, channel: 'chat', answers: ['withdrawn'], codes: [] },
  'deliver-ack': { paths: toServer, channel: 'chat', answers: [], codes: [] },
  'deliver-reject': { paths: toServer, channel: 'chat', answers: [], codes: [] },
  'receipt-ack': { paths: [...toServer, ...betweenClients], channel: 'chat', answers: [], codes: [] },
  registered: { paths: toClient, channel: 'control', answers: [], codes: [] },
  'register-rejected': { paths: toClient, channel: 'control', answers: [], codes: [] },
  deregistered: { paths: toClient, channel: 'control', answers: [], codes: [] },
  roster: { paths: toClient, channel: 'control', answers: [], codes: [] },
  location: { paths: toClient, channel: 'control', answers: [], codes: [] },
  'time-reply': { paths: toClient, channel: 'control', answers: [], codes: [] },
  'mail-keys-kept': { paths: toClient, channel: 'control', answers: [], codes: [] },
  'mail-keys-wanted': { paths: toClient, channel: 'control', answers: ['mail-keys'], codes: [] },
  'mail-key': { paths: toClient, channel: 'control', answers: [], codes: [] },
  stored: { paths: toClient, channel: 'chat', answers: [], codes: [] },
  withdrawn: { paths: toClient, channel: 'chat', answers: [], codes: [] },
  deliver: {
    paths: toClient,
    channel: 'chat',
    answers: ['deliver-ack', 'deliver-reject'],
    codes: [
      'wrong-key',
      'unknown-mail-key',
      'unknown-format',
      'unknown-kind',
      'malformed',
      'unknown-content',
      'message-id-used',
      'not-accepted',
    ],
  },
  bounces: { paths: toClient, channel: 'chat', answers: ['receipt-ack'], codes: [] },
  reject: { paths: [...toClient, ...betweenClients], channel: 'chat', answers: [], codes: [] },
  message: {
    paths: betweenClients,
    channel: 'chat',
    answers: ['receipt', 'reject'],
    codes: ['malformed', 'unknown-content', 'message-id-used', 'not-accepted'],
  },
  receipt: { paths: betweenClients, channel: 'chat', answers: ['receipt-ack'], codes: [] },
  typing: { paths: betweenClients, channel: 'unreliable', answers: [], codes: [] },
  'check-request': {
    paths: [...toServer, ...toClient, ...betweenClients],
    channel: 'control',
    answers: ['check-reply'],
    codes: ['too-often'],
  },
  'check-reply': {
    paths: [...toServer, ...toClient, ...betweenClients],
    channel: 'control',
    answers: [],
    codes: [],
  },
  'room-append': { paths: toServer, channel: 'chat', answers: ['room-appended'], codes: [] },
  'room-follow': {
    paths: toServer,
    channel: 'chat',
    answers: ['room-entries', 'room-checkpoint', 'room-refused'],
    codes: [],
  },
  'room-offer': { paths: toServer, channel: 'chat', answers: ['room-appended'], codes: [] },
  'room-ack': { paths: toServer, channel: 'chat', answers: [], codes: [] },
  'room-readers-request': {
    paths: toServer,
    channel: 'control',
    answers: ['room-readers', 'room-refused'],
    codes: [],
  },
  'room-browse': { paths: toServer, channel: 'control', answers: ['room-list'], codes: ['too-often'] },
  'room-typing': { paths: toServer, channel: 'unreliable', answers: [], codes: [] },
  'room-appended': { paths: toClient, channel: 'chat', answers: [], codes: [] },
  'room-entries': { paths: toClient, channel: 'chat', answers: ['room-ack'], codes: [] },
  'room-checkpoint': { paths: toClient, channel: 'chat', answers: [], codes: [] },
  'room-refused': { paths: toClient, channel: 'chat', answers: [], codes: [] },
  'room-figures': { paths: toClient, channel: 'control', answers: [], codes: [] },
  'room-readers': { paths: toClient, channel: 'control', answers: [], codes: [] },
  'room-member-typing': { paths: toClient, channel: 'unreliable', answers: [], codes: [] },
  'room-list': { paths: toClient, channel: 'control', answers: ['room-follow'], codes: [] },
  'file-get': {
    paths: betweenClients,
    channel: 'control',
    answers: ['file-hashes', 'file-piece', 'file-leaf', 'file-no'],
    codes: [],
  },
  'file-hashes': { paths: betweenClients, channel: 'bulk', answers: [], codes: [] },
  'file-piece': { paths: betweenClients, channel: 'bulk', answers: [], codes: [] },
  'file-leaf': { paths: betweenClients, channel: 'bulk', answers: [], codes: [] },
  'file-no': { paths: betweenClients, channel: 'control', answers: [], codes: [] },
  'file-stop': { paths: betweenClients, channel: 'control', answers: [], codes: [] },
  'file-state': { paths: betweenClients, channel: 'control', answers: [], codes: [] },
  'file-ready': { paths: betweenClients, channel: 'control', answers: [], codes: [] },
  error: {
    paths: [...toServer, ...toClient, ...betweenClients],
    channel: 'control',
    answers: [],
    codes: [],
  },
} as const satisfies Record<MessageKind, KindRow>;
