import { applicationId, type Schema } from '../schema.ts';

/** The database of a server. docs/decisions/0003-stores.md explains the choices. */
export const serverSchema: Schema = {
  applicationId: applicationId('ChSv'),
  forgets: true,
  migrations: [
    `
    CREATE TABLE server (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      seed BLOB,
      key TEXT,
      signing_key TEXT,
      epoch TEXT,
      -- The highest version of a name. It never falls.
      highest_version INTEGER NOT NULL DEFAULT 0,
      -- The highest version with which a name was removed.
      removed_version INTEGER NOT NULL DEFAULT 0,
      -- How long the server has run, over all its processes.
      running_ms INTEGER NOT NULL DEFAULT 0,
      -- What the operator has set, as JSON.
      quotas TEXT,
      -- What new keys have to prove; NULL if nothing.
      join_code TEXT
    ) STRICT;
    INSERT INTO server (only) VALUES (1);

    CREATE TABLE name (
      key TEXT PRIMARY KEY,
      signing_key TEXT NOT NULL,
      nickname TEXT NOT NULL UNIQUE,
      candidates TEXT NOT NULL,
      online INTEGER NOT NULL CHECK (online IN (0, 1)),
      settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
      -- A JSON list, sorted.
      features TEXT NOT NULL DEFAULT '[]',
      last_seen_ms INTEGER,
      address_revision INTEGER NOT NULL DEFAULT 0,
      version INTEGER NOT NULL DEFAULT 0,
      -- How long the user was online before the last change of presence, and the running time of that change.
      online_ms INTEGER NOT NULL DEFAULT 0,
      presence_since_ms INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;

    -- The number is the order of arrival: it only rises within a mailbox, because the highest is given last.
    CREATE TABLE mail (
      number INTEGER PRIMARY KEY,
      recipient TEXT NOT NULL,
      sender TEXT NOT NULL,
      id TEXT NOT NULL,
      format INTEGER NOT NULL,
      type TEXT NOT NULL,
      key_id TEXT NOT NULL,
      sealed BLOB NOT NULL,
      -- The server's running time when it arrived.
      kept_at_ms INTEGER NOT NULL DEFAULT 0,
      UNIQUE (recipient, sender, id)
    ) STRICT;
    -- The first half of a key id names the installation for which the envelope is.
    CREATE INDEX mail_waiting ON mail (recipient, substr(key_id, 1, 8), number);
    CREATE INDEX mail_age ON mail (kept_at_ms, number);
    CREATE INDEX mail_sender ON mail (sender);

    -- Installations of users, by the first half of the ids of their mail keys.
    CREATE TABLE installation (
      peer TEXT NOT NULL,
      installation TEXT NOT NULL,
      -- The server's running time when another one registered; NULL for the one that registered last.
      replaced_at_ms INTEGER,
      PRIMARY KEY (peer, installation)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX installation_replaced ON installation (replaced_at_ms) WHERE replaced_at_ms IS NOT NULL;

    -- Public mail keys. A one-time key that was handed out is gone.
    CREATE TABLE mail_key (
      number INTEGER PRIMARY KEY,
      peer TEXT NOT NULL,
      installation TEXT NOT NULL,
      key_id TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('weekly', 'one-time')),
      public_key BLOB NOT NULL,
      expires_at_ms INTEGER NOT NULL,
      signature BLOB NOT NULL,
      UNIQUE (peer, key_id)
    ) STRICT;
    CREATE INDEX mail_key_kind ON mail_key (peer, installation, kind, number);

    -- Reports of undelivered envelopes, for their senders.
    CREATE TABLE bounce (
      number INTEGER PRIMARY KEY,
      sender TEXT NOT NULL,
      id TEXT NOT NULL,
      recipient TEXT NOT NULL,
      code TEXT NOT NULL,
      retry_after_ms INTEGER,
      UNIQUE (sender, id, recipient)
    ) STRICT;
    CREATE INDEX bounce_waiting ON bounce (sender, number);

    -- The peers to which a user has written by this server.
    CREATE TABLE correspondent (
      number INTEGER PRIMARY KEY,
      user TEXT NOT NULL,
      peer TEXT NOT NULL,
      UNIQUE (user, peer)
    ) STRICT;

    CREATE TABLE room (
      room TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      name_key TEXT NOT NULL,
      topic TEXT NOT NULL,
      access TEXT NOT NULL CHECK (access IN ('open', 'closed', 'everyone')),
      -- JSON.
      retention TEXT NOT NULL,
      ended TEXT CHECK (ended IN ('archived', 'closed')),
      closed_at_ms INTEGER,
      creator TEXT NOT NULL,
      head_epoch TEXT NOT NULL,
      head_seq INTEGER NOT NULL,
      head_hash BLOB NOT NULL,
      entries INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      members INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX room_name ON room (name_key);
    CREATE INDEX room_creator ON room (creator);

    -- The logs of the rooms. The content is NULL where it was erased.
    CREATE TABLE room_entry (
      number INTEGER PRIMARY KEY,
      room TEXT NOT NULL,
      seq INTEGER NOT NULL,
      epoch TEXT NOT NULL,
      taken_at_ms INTEGER NOT NULL,
      hash BLOB NOT NULL,
      id TEXT NOT NULL,
      author TEXT NOT NULL,
      installation TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      kind TEXT NOT NULL,
      content_hash BLOB NOT NULL,
      sent_at_ms INTEGER NOT NULL,
      clock_offset_ms INTEGER,
      parent_epoch TEXT NOT NULL,
      parent_seq INTEGER NOT NULL,
      parent_hash BLOB NOT NULL,
      signature BLOB NOT NULL,
      content BLOB,
      -- The message of which this is an edit.
      edit_of TEXT,
      UNIQUE (room, seq),
      UNIQUE (room, id)
    ) STRICT;
    CREATE INDEX room_entry_edit ON room_entry (room, edit_of) WHERE edit_of IS NOT NULL;

    CREATE TABLE room_checkpoint (
      room TEXT NOT NULL,
      -- 'cut', 'load', or the key of the member for which it is.
      purpose TEXT NOT NULL,
      epoch TEXT NOT NULL,
      seq INTEGER NOT NULL,
      hash BLOB NOT NULL,
      bytes BLOB NOT NULL,
      signature BLOB NOT NULL,
      UNIQUE (room, purpose)
    ) STRICT;

    CREATE TABLE room_member (
      room TEXT NOT NULL,
      key TEXT NOT NULL,
      standing TEXT NOT NULL CHECK (standing IN ('owner', 'moderator', 'member', 'reader', 'invited', 'former')),
      joined_seq INTEGER NOT NULL,
      end_seq INTEGER,
      start_seq INTEGER NOT NULL,
      delivered INTEGER NOT NULL,
      read INTEGER NOT NULL,
      PRIMARY KEY (room, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX room_member_key ON room_member (key);

    -- Keys and addresses that the operator keeps out.
    CREATE TABLE ban (
      number INTEGER PRIMARY KEY,
      type TEXT NOT NULL CHECK (type IN ('key', 'address')),
      -- A key; or an address, for IPv6 a network of 64 bits.
      subject TEXT NOT NULL,
      -- The one of the key when it was banned.
      nickname TEXT,
      -- By the server's wall clock; NULL: until the operator lifts it.
      until_ms INTEGER,
      UNIQUE (type, subject)
    ) STRICT;
    `,
    `
    -- The host of a guest, its signing key, and the signatures of host and guest. All NULL for other keys.
    ALTER TABLE name ADD COLUMN host TEXT;
    ALTER TABLE name ADD COLUMN host_signing_key TEXT;
    ALTER TABLE name ADD COLUMN host_signature BLOB;
    ALTER TABLE name ADD COLUMN guest_signature BLOB;
    `,
  ],
};
