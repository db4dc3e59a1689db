import type { DropCause } from '../../../shared/trace.ts';

const dropCauses = {
  'too-short': 'Too short',
  'too-long': 'Too long',
  'not-ours': 'From another program',
  'other-version': 'From another version',
  checksum: 'Damaged on the way',
  malformed: 'Malformed',
  'unknown-type': 'Unknown type',
  'unknown-pattern': 'Unknown kind of first packet',
  'unknown-connection': 'For an ended connection',
  'not-for-me': 'Meant for another computer',
  duplicate: 'Repeated first packets',
  'no-token': 'First packets without a token',
  forged: 'Forged or damaged',
  replayed: 'Repeated packets',
  limit: 'Over a limit',
  'receive-error': 'System errors while receiving',
  'send-error': 'System errors while sending',
  unsent: 'Not sent: the system’s queue was full',
} satisfies Record<DropCause | 'receive-error' | 'send-error' | 'unsent', string>;

/** What only the connection with a person says, in English. It is loaded with that, and not with the chat. */
export const enConnection = {
  loading: 'Loading …',
  way: {
    direct: (nickname: string) => `Straight to ${nickname}’s computer`,
    idle: (nickname: string) => `Ready to connect to ${nickname}`,
    server: (nickname: string) => `${nickname} is away`,
    none: (nickname: string) => `No connection to ${nickname}`,
  },
  wayHint: {
    direct: 'Nothing is in between. Not even the server sees these messages.',
    idle: 'Your next message opens a connection to their computer. An idle one is closed after a while.',
    server: 'Your messages wait on the server, which cannot read them.',
    none: 'You are offline.',
  },
  address: 'Address',
  roundTrip: 'Round trip',
  notMeasured: 'not measured yet',
  milliseconds: (ms: number) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`,
  datagramBytes: 'Datagrams',
  datagramBytesMost: (bytes: string) => `up to ${bytes} bytes`,
  encryption: 'Encryption',
  encrypted: (keyChanges: number) =>
    keyChanges === 0 ? 'end to end' : `end to end, key renewed ${keyChanges}×`,
  packets: 'Packets of this connection',
  count: { sent: 'sent', received: 'received', lost: 'lost', resent: 'resent' },
  classic: 'Stop-and-wait (as in the original)',
  classicHint: 'Sends one packet at a time, and waits for the answer before it sends the next.',
  classicByThem: (nickname: string) => `On, because ${nickname} switched it on.`,
  changing: 'Reconnecting to apply this …',
  unknownCount: '…',
  gateway: (count: string) => `Dropped by this computer: ${count}`,
  droppedHint:
    'Datagrams that were damaged, repeated, late or of another program. No message is lost with them.',
  noDrops: 'No packets were dropped.',
  total: (sent: string, received: string) =>
    `In total since you joined: ${sent} datagrams sent, ${received} received.`,
  cause: (cause: string) =>
    Object.hasOwn(dropCauses, cause) ? dropCauses[cause as keyof typeof dropCauses] : cause,
};
