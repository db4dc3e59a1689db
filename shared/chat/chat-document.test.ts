import { readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import * as limits from '../limits.ts';
import { defaultQuotas, quotaDayMs, quotaMebibyte } from '../quotas.ts';
import { signatureContexts } from '../signature-contexts.ts';
import { cborDepthMax } from './cbor.ts';
import { cddlDefinitions, cddlRule } from './cddl.ts';
import { codes, type ProtocolCode } from './codes.ts';
import { fileMessageSchemas } from './file-kinds.ts';
import { kindTable, type KindRow } from './kind-table.ts';
import { ContentSchema, kindSchemas, ReceiptSchema } from './kinds.ts';
import { roomMessageSchemas } from './room-kinds.ts';

const text = readFileSync(new URL('../../docs/protocol/chat.md', import.meta.url), 'utf8');

/** The documents about rooms and files have the others. */
const ownKinds = Object.entries<TSchema>(kindSchemas).filter(
  ([kind]) => !Object.hasOwn({ ...roomMessageSchemas, ...fileMessageSchemas }, kind),
);

const schemas: Record<string, TSchema> = {
  ...Object.fromEntries(ownKinds),
  content: ContentSchema,
  'receipt-content': ReceiptSchema,
};

/** The cells of each table row below this head. */
function rowsBelow(head: string): string[][] {
  const [, below] = text.split(`\n${head}\n`);
  if (below === undefined) throw new Error(`the document has no table ${head}`);
  const [, ...lines] = below.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** `` `one`, `two` `` */
function quoted(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

function numbered(value: number): string {
  return value.toLocaleString('en');
}

describe('docs/protocol/chat.md', () => {
  it('PROTOCOL 6.1: has the CDDL of each kind that is about neither rooms nor files as the program reads it, and no other', () => {
    const blocks = [...text.matchAll(/^```cddl\n(.*?)\n```$/gmsu)].map(([, block = '']) => block);
    const rules = Object.entries(schemas).map(([name, schema]) => cddlRule(name, schema));
    expect(blocks.toSorted()).toEqual([...rules, cddlDefinitions(rules.join('\n'))].toSorted());
  });

  it('PROTOCOL 6.67: has the direction, the channel, the answers and the codes of each kind, and no other', () => {
    const rows = Object.entries<KindRow>(kindTable).map(([kind, row]) => [
      `\`${kind}\``,
      row.paths.join(', '),
      row.channel,
      quoted(row.answers),
      quoted(row.codes),
    ]);
    expect(rowsBelow('| kind | direction | channel | answer | codes of a refusal |')).toEqual(rows);
  });

  it('PROTOCOL 6.17: has each code with its sender and its advice, and no other', () => {
    const rows = Object.entries(codes).map(([code, row]) => [
      `\`${code}\``,
      row.saidBy === 'both' ? 'client, server' : row.saidBy,
      quoted(row.in),
      row.when,
      row.retryAfterMs === null ? 'permanent' : `${numbered(row.retryAfterMs)} ms`,
    ]);
    expect(rowsBelow('| code | sender | in | when | default advice |')).toEqual(rows);
  });

  it('PROTOCOL 6.56: has each context of a signature, and no other', () => {
    const rows = Object.entries(signatureContexts).map(([use, context]) => [use, `\`${context}\``]);
    expect(rowsBelow('| use | context string |')).toEqual(rows);
  });

  it('PROTOCOL 6.76: has the bounds that the program keeps to', () => {
    const stated = [
      ...rowsBelow('| in a message | at most |'),
      ...rowsBelow('| at a client or server | at most | past it |'),
    ];
    const bounds = stated.map(([label = '', most = '']) => [label, most.split(' ', 1)[0]]);
    expect(Object.fromEntries(bounds)).toEqual(
      Object.fromEntries(Object.entries(boundsOfProgram).map(([label, most]) => [label, numbered(most)])),
    );
  });
});

/** Each by its label in the document. */
const boundsOfProgram = {
  'a `kind`, a code, an address': 64,
  'a nickname': 128,
  'a text of a content, a fallback': limits.messageTextBytesMax,
  'a content': limits.contentBytesMax,
  'the `sealed` of an envelope': limits.sealedBytesMax,
  'the type of an envelope': 32,
  'candidates, `attempts` of a `check-reply`': limits.candidatesMax,
  '`ports` of a `check-request`': limits.checkTargetsMax,
  'the name of a firewall': 16,
  'rows of a `roster`': limits.rosterChunkRowsMax,
  'ids of a receipt, items of `deliver-ack`, `bounces` and `withdraw`': limits.receiptIdsMax,
  features: limits.featuresMax,
  'a feature': limits.featureCharactersMax,
  'one-time keys of `mail-keys`': limits.oneTimeKeysMax,
  'former installations': limits.formerInstallationsMax,
  'nested items': cborDepthMax,
  'a message of the transport': limits.transportMessageBytesMax,
  'a prepared nickname': limits.nicknameCodePointsMax,
  'nicknames of a server': limits.namesMax,
  'guests of one host at a server': limits.guestsOfHostMax,
  'new nicknames from one address at once': limits.newNamesBurst,
  'changes of one row that are told at once': limits.rowChangesBurst,
  'requests of one client for rows at once': limits.rosterRequestsBurst,
  'requests of one client for addresses at once': limits.addressLookupsBurst,
  'hints of one client that a server passes on at once': limits.roomTypingBurst,
  'questions of one client about connections that a server passes on at once': limits.checkRequestsBurst,
  'questions of one client about connections that a server remembers': limits.openChecksMax,
  'questions of one key about its connection that a client answers at once': limits.checkAnswersBurst,
  'questions of all such keys that a client answers at once': limits.checkAnswersInAllBurst,
  'people of a conversation that a client shows as typing': limits.typingPeopleMax,
  'people of all conversations that a client shows as typing': limits.typingPeopleInAllMax,
  'removed rows that a roster still tells': limits.removedNamesMax,
  'envelopes under way to one client': limits.deliveriesInFlightMax,
  'answers about unopened envelopes of one recipient that wait': limits.unopenedWaitsMax,
  'envelopes in a mailbox, by default': defaultQuotas.mailboxMessagesMax,
  'MiB in a mailbox, by default': defaultQuotas.mailboxBytesMax / quotaMebibyte,
  'envelopes of one sender in all mailboxes, with bounces, by default': defaultQuotas.senderMessagesMax,
  'MiB of one sender in all mailboxes, by default': defaultQuotas.senderBytesMax / quotaMebibyte,
  'days in a mailbox, by default': defaultQuotas.ageMsMax / quotaDayMs,
  'envelopes with receipts from one user to another': limits.receiptEnvelopesMax,
  'the `sealed` of a receipt': limits.receiptSealedBytesMax,
  'senders that a user knows at a server': limits.correspondentsMax,
  'envelopes that give way to one': limits.evictionsInTurnMax,
  'one-time keys of one user at a server': limits.oneTimeKeysMax,
  'requests of one client for mail keys at once': limits.mailKeyRequestsBurst,
  'installations of one user for which envelopes wait': limits.installationsMax,
  'chat messages under way to one recipient': limits.offersInFlightMax,
  'receipts under way to one peer': limits.receiptsInFlightMax,
  'chat messages of one roster key to which the user never wrote': limits.unansweredMessagesMax,
  'KiB of text of one such key': limits.unansweredBytesMax / 1024,
  'keys with chat messages that no roster has named': limits.unknownSendersMax,
  'chat messages of one such key': limits.unknownSenderMessagesMax,
  'bytes of text of one chat message of such a key': limits.unknownSenderTextBytesMax,
  'keys with chat messages that wait for the roster': limits.heldSendersMax,
  'chat messages of one key that wait so': limits.heldMessagesMax,
  'envelopes that wait to be opened': limits.opensWaitingMax,
  'ids of unopened chat messages of one blocked key': limits.unopenedIdsMax,
  'private one-time keys of one client': limits.privateOneTimeKeysMax,
  'private weekly keys of one client': limits.privateWeeklyKeysMax,
  'contacts without a chat message': limits.contactsWithoutMessagesMax,
  'earlier nicknames of one contact without a chat message': limits.namesWithoutMessagesMax,
  'chat messages that one `read` marks': limits.readsInTurnMax,
};

describe('the table of kinds', () => {
  it('names for each kind only codes that an answer to it can say, and each code for some kind', () => {
    // An `error` to any kind can bring this one.
    const brought = new Set<ProtocolCode>(['not-registered']);
    for (const [kind, { answers, codes: refusals }] of Object.entries<KindRow>(kindTable)) {
      for (const code of refusals) {
        brought.add(code);
        // A `store` also comes back later, by `bounces`.
        const answered: readonly string[] = [...answers, 'error', 'bounces'];
        expect(
          codes[code].in.some((each) => answered.includes(each)),
          `${code} for ${kind}`,
        ).toBe(true);
      }
    }
    expect([...brought].toSorted()).toEqual(Object.keys(codes).toSorted());
  });
});
