import { readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import { cddlDefinitions, cddlRule } from '../chat/cddl.ts';
import { roomMessageSchemas } from '../chat/room-kinds.ts';
import * as limits from '../limits.ts';
import { CheckpointSchema } from './checkpoint.ts';
import { roomKindSchemas } from './content.ts';
import { LogEntrySchema, LogPointSchema, SignedEntrySchema, SignedHeadSchema } from './entry.ts';
import { roomDoorRefusals, roomRefusals } from './refusals.ts';
import { rights, type RightsRow } from './rights.ts';
import { findings } from './verify-log.ts';

const text = readFileSync(new URL('../../docs/protocol/rooms.md', import.meta.url), 'utf8');

const schemas: Record<string, TSchema> = {
  'log-point': LogPointSchema,
  'signed-entry': SignedEntrySchema,
  'log-entry': LogEntrySchema,
  'signed-head': SignedHeadSchema,
  checkpoint: CheckpointSchema,
  ...Object.fromEntries(Object.entries(roomKindSchemas).map(([kind, schema]) => [`${kind}-content`, schema])),
  ...roomMessageSchemas,
};

/** The cells of each row of the table with this head. */
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

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}

describe('docs/protocol/rooms.md', () => {
  it('PROTOCOL 10.38: has the CDDL of entries, contents and messages as the program reads them, and no other', () => {
    const blocks = [...text.matchAll(/^```cddl\n(.*?)\n```$/gmsu)].map(([, block = '']) => block);
    const rules = Object.entries(schemas).map(([name, schema]) => cddlRule(name, schema));
    const written = blocks.join('\n\n').split('\n\n');
    expect(written.toSorted()).toEqual([...rules, cddlDefinitions(rules.join('\n'))].toSorted());
  });

  it('PROTOCOL 10.16: has the table of rights that the program follows', () => {
    const rows = Object.entries<RightsRow>(rights).map(([kind, row]) => [
      `\`${kind}\``,
      row.least,
      row.leastWhenClosed ?? '',
      row.leastWhenModerated ?? '',
      yes(row.silenced),
      yes(row.slowed),
      yes(row.archived),
      yes(row.everyone),
      yes(row.ownMessage),
    ]);
    expect(
      rowsBelow(
        '| kind | least role | closed room | moderated | while silenced | counts for slow | when archived | in `#everyone` | only about own messages |',
      ),
    ).toEqual(rows);
  });

  it('PROTOCOL 10.17: has each code of a refusal, and no other', () => {
    const rows = Object.entries(roomRefusals).map(([code, row]) => [`\`${code}\``, row.when, yes(row.retry)]);
    expect(rowsBelow('| code | when | the same content may pass later |')).toEqual(rows);
  });

  it('PROTOCOL 10.39: has each code that only a server can say, and no other', () => {
    const rows = Object.entries(roomDoorRefusals).map(([code, row]) => [
      `\`${code}\``,
      row.when,
      yes(row.retry),
    ]);
    expect(rowsBelow('| code | when | the same may pass later |')).toEqual(rows);
  });

  it('PROTOCOL 10.28: has each finding, and no other', () => {
    const rows = Object.entries(findings).map(([kind, row]) => [
      `\`${kind}\``,
      row.when,
      row.taken ? 'taken' : 'refused',
    ]);
    expect(rowsBelow('| finding | when | the batch |')).toEqual(rows);
  });

  it('PROTOCOL 10.23: has the bounds that the program keeps to', () => {
    const stated = rowsBelow('| what | at most | past it |').map(([label = '', most = '']) => [
      label,
      most.split(' ', 1)[0],
    ]);
    expect(Object.fromEntries(stated)).toEqual(
      Object.fromEntries(Object.entries(bounds).map(([label, most]) => [label, most.toLocaleString('en')])),
    );
  });
});

/** Each by its label in the document. */
const bounds = {
  'a content': limits.contentBytesMax,
  'a text, a question, a fallback': limits.messageTextBytesMax,
  'keys in `mentions`': limits.mentionsMax,
  'items of a batch': limits.batchItemsMax,
  'an emoji': limits.emojiCodePointsMax,
  'choices of a poll': limits.pollChoicesMax,
  'a choice': limits.pollChoiceCodePointsMax,
  'a name': limits.nicknameCodePointsMax,
  'the pace of a slow room': limits.roomSlowSecondsMax,
  'retention, days': limits.roomKeepDaysMax,
  'retention, entries': limits.roomKeepCountMax,
  'retention, bytes': limits.roomKeepBytesMax,
  'members; in `#everyone`, keys with another role': limits.roomMembersMax,
  'open invitations': limits.roomInvitationsMax,
  bans: limits.roomBansMax,
  'silenced keys': limits.roomSilencedMax,
  'pinned messages': limits.roomPinsMax,
  'former readers': limits.roomFormerReadersMax,
  'authors with a sequence': limits.roomAuthorsMax,
  'bytes of the contents of a `room-append`': limits.roomBatchBytesMax,
  'entries of a `room-append`': limits.roomBatchEntriesMax,
  'entries of a `room-entries` or a `room-offer`': limits.roomSentEntriesMax,
  'points of a `room-follow`': limits.roomFollowPointsMax,
  'bytes of a part of a checkpoint': limits.roomCheckpointPartBytesMax,
  'newest messages of an author with figures': limits.roomFiguresMax,
  'keys in each list of a `room-readers`': limits.roomReadersMax,
  'rooms of a `room-list`': limits.roomBrowseRowsMax,
  'installations of one author': limits.roomAuthorInstallationsMax,
};
