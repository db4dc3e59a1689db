import { applicationId, type Schema } from './schema.ts';

/** The database of a client. docs/decisions/0003-stores.md tells the choices. */
export const clientSchema: Schema = {
  applicationId: applicationId('CgCl'),
  migrations: [
    `
    CREATE TABLE client (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      secret BLOB,
      key TEXT,
      installation TEXT,
      nickname TEXT,
      server TEXT,
      server_key TEXT,
      server_epoch TEXT,
      registration INTEGER NOT NULL DEFAULT 0,
      deregistered INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    INSERT INTO client (only) VALUES (1);

    CREATE TABLE contact (
      number INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      nickname TEXT,
      candidates TEXT NOT NULL DEFAULT '[]',
      read_place INTEGER NOT NULL DEFAULT 0,
      read_sequence INTEGER NOT NULL DEFAULT 0,
      -- The last place given in this conversation; never given again, also when its message is removed.
      last_place INTEGER NOT NULL DEFAULT 0,
      -- The last sequence of mine towards this person.
      last_sequence INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE message (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      contact INTEGER NOT NULL REFERENCES contact (number),
      place INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
      installation TEXT NOT NULL,
      sent_at_ms INTEGER NOT NULL,
      -- Of sent messages only; detail is the epoch of 'stored', now or later of 'delivered', the code of 'failed'.
      stage TEXT CHECK (stage IN ('pending', 'stored', 'delivered', 'failed')),
      detail TEXT,
      text TEXT NOT NULL,
      CHECK ((direction = 'out') = (stage IS NOT NULL))
    ) STRICT;
    -- The order of a conversation (0004-order.md); direction is there for counting what is unread.
    CREATE UNIQUE INDEX message_order ON message (contact, place, sequence, direction);
    -- Where a latecomer belongs.
    CREATE INDEX message_origin ON message (contact, direction, installation, sequence, place);
    CREATE INDEX message_open ON message (contact, sequence) WHERE stage IN ('pending', 'stored');

    -- Ids of messages that were removed: a late copy is not shown again.
    CREATE TABLE removed_message (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

    CREATE TABLE answer (
      number INTEGER PRIMARY KEY,
      command TEXT NOT NULL UNIQUE,
      outcome TEXT NOT NULL
    ) STRICT;
    `,
    'ALTER TABLE contact ADD COLUMN classic INTEGER CHECK (classic IN (0, 1))',
  ],
};
