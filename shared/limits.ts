/**
 * All maxima of the program, each with its unit in its name. Each comment says what happens at the maximum: a refusal
 * that the sender sees, or a counted drop, and never silence.
 */

// --- text that users write -------------------------------------------------------------------------

/** Longest nickname, in Unicode code points after preparation. Longer: `nickname-too-long`. */
export const nicknameCodePointsMax = 32;
/** Longest chat message, in bytes of UTF-8. Longer: `message-too-long`, and the text stays in the input field. */
export const messageTextBytesMax = 16 * 1024;

// --- contents (PROTOCOL section 10) ------------------------------------------------------------------------

/** The text that this program writes for programs that do not know the kind of a content, in bytes of UTF-8. */
export const fallbackBytesMax = 4_096;
/** Keys that one content mentions. More are `malformed`. */
export const mentionsMax = 32;
/** Items of a batch of reactions, votes or acknowledgements. More are `malformed`; a client sends the next ones a second later. */
export const batchItemsMax = 64;
/** Code points of one reaction. A longer one is `malformed`. */
export const emojiCodePointsMax = 16;
/** Emojis on one message. A reaction with a further one is not shown. */
export const reactionEmojisMax = 64;
/** Emojis of one author on one message. A further one is not shown. */
export const reactionsOfAuthorMax = 8;
/** Edits, deletions, reactions and votes of one conversation that wait for their message. Past it, the author with most loses its oldest. */
export const waitingChangesMax = 1_000;
/** Of these, those of one author. Past it, the oldest of this author is forgotten. */
export const waitingChangesOfAuthorMax = 200;
/** Choices of a poll, and code points of each. More are `malformed`. */
export const pollChoicesMax = 20;
export const pollChoiceCodePointsMax = 128;

// --- files ---------------------------------------------------------------------------------------------------

/** Largest file, 1 TiB. An offer of a larger one is `malformed`. */
export const fileBytesMax = 2 ** 40;
/** The picture that an offer carries, in bytes. A longer one is `malformed`. */
export const filePreviewBytesMax = 8 * 1024;
/** The index of a packed stream, in bytes. A longer one is refused with `packed-index-too-long`. */
export const packedIndexBytesMax = 16 * 1024 * 1024;
/** Files and folders of a packed stream. More are refused with `packed-too-many-entries`. */
export const packedEntriesMax = 65_536;
/** Names in a path of a packed stream. More are refused with `packed-too-deep`. */
export const packedDepthMax = 32;
/** Bytes of such a path with its separators: systems take about twice as many. More are refused with `packed-too-deep`. */
export const packedPathBytesMax = 2_048;
/** Ranges of pieces in one `file-get`. More are `malformed`; the asker asks again for the others. */
export const fileRangesMax = 16;
/** Longest name of a file, in bytes of UTF-8, as file systems have it. Longer: `file-name-too-long`. */
export const fileNameBytesMax = 255;
/** Largest file that is looked at as a picture. A larger one is offered as a file. */
export const pictureBytesMax = 64 * 1024 * 1024;
/** Frames of a picture. One with more is offered as a file: a browser keeps some bytes for each. */
export const pictureFramesMax = 4_096;
/** Pixels of all frames of a picture together. One with more is offered as a file. */
export const picturePixelsMax = 40_000_000;
/** Pixels of one side of a picture, as much as browsers draw. One with more is offered as a file. */
export const pictureSidePixelsMax = 32_767;
/** Pixels of each side of the picture that an offer carries. One with more is not shown, and the offer is shown without it. */
export const previewSidePixelsMax = 512;

// --- rooms (PROTOCOL section 10) ---------------------------------------------------------------------------

/** Members of a room. The next one is refused with `room-full`. `#everyone` has no such bound, but one for keys with another role. */
export const roomMembersMax = 1_000;
/** Open invitations of a closed room. The next one is refused with `too-many-invitations`. */
export const roomInvitationsMax = 1_000;
/** Bans of a room. The next one is refused with `too-many-bans`. */
export const roomBansMax = 1_000;
/** Silenced keys of a room. The next one is refused with `too-many-silenced`. */
export const roomSilencedMax = 1_000;
/** Readers that left a room and are remembered as such. The one that left first is forgotten, and comes back as a member. */
export const roomFormerReadersMax = 1_000;
/** Pinned messages of a room. The next one is refused with `too-many-pins`. */
export const roomPinsMax = 50;
/**
 * Authors with a sequence in a room. Past it, the one that has written nothing for the longest time is forgotten, and counts from 1
 * again. As many as a server has names.
 */
export const roomAuthorsMax = 10_000;
/** Installations of one author with a sequence in a room. The one that has written nothing for the longest time is forgotten. */
export const roomAuthorInstallationsMax = 16;
/** Slowest pace of a room, one message a day. More seconds are `malformed`. */
export const roomSlowSecondsMax = 86_400;
/** The largest bounds of what a room keeps. Larger ones are `malformed`; a room without a bound keeps all. */
export const roomKeepDaysMax = 36_500;
export const roomKeepCountMax = 10_000_000;
export const roomKeepBytesMax = 64 * 1024 * 1024 * 1024;

/** Entries of one installation in a `room-append`. More are `malformed`; a client sends the next ones after the answer. */
export const roomBatchEntriesMax = 16;
/** Bytes of the contents of one `room-append`. A client puts further entries into the next one. */
export const roomBatchBytesMax = 256 * 1024;
/** Entries in one `room-entries` or `room-offer`. The others follow. */
export const roomSentEntriesMax = 128;
/** Points in a `room-follow`. With growing steps they reach back over any log. */
export const roomFollowPointsMax = 32;
/** Bytes of one part of a checkpoint. The others follow. */
export const roomCheckpointPartBytesMax = 64 * 1024;
/** More than the largest state of a room needs, with 10,000 authors of 16 installations each. A server that sends more is not believed. */
export const roomCheckpointBytesMax = 16 * 1024 * 1024;
/** Messages of one author with figures of delivery: the newest of a room. Older ones keep their last figures. */
export const roomFiguresMax = 100;
/** Keys in each list of `room-readers`. Further ones are only counted. */
export const roomReadersMax = 1_000;
/** Rooms in one `room-list`. The others follow when they are asked for. */
export const roomBrowseRowsMax = 100;
/** Rooms of a server, by default. The next one is refused with `too-many-rooms`. */
export const roomsMax = 1_000;
/** Rooms that one key has created and that are not closed. The next one is refused with `too-many-rooms-of-key`. */
export const roomsOfKeyMax = 20;
/** Of these, those that a key creates in the first hour after the server has first seen it. */
export const roomsInFirstHourMax = 5;
/** Entries of one member in one room that a server takes at once. Then `too-often`, until the next one is free. */
export const roomEntriesBurst = 64;
/** Entries of one client in all rooms that a server takes at once: each costs it a check of a signature. Then `too-often`. */
export const roomEntriesOfClientBurst = 256;
/** Batches that one client offers at once to a server that was restored from a backup. Then `too-often`. */
export const roomOffersBurst = 1_000;
/** Of the entries of one member in one room, batches of reactions, votes and acknowledgements (PROTOCOL 10.10). */
export const roomBatchEntriesBurst = 4;
/** Rooms that one client keeps. A server that lists more is not believed. */
export const clientRoomsMax = 2 * roomsMax;
/** Requests of one client for the entries of rooms at once, as many as it has rooms. Then `too-often`. */
export const roomFollowsBurst = 2 * roomsMax;
/** Members of a room in which the server passes on that one of them types. In a larger room, it does not. */
export const roomTypingMembersMax = 20;
/** `room-typing` of one client at once, in all rooms. Further ones are ignored until the next one is free. */
export const roomTypingBurst = 2;
/** Requests of one client for lists of rooms, or for the readers of a message, at once. Then `too-often`. */
export const roomQuestionsBurst = 20;
/** Bytes of the contents in one `room-entries`. The others follow. */
export const roomSentBytesMax = 64 * 1024;
/** MiB of all rooms of a server together, by default. Past it, the key with most bytes loses. */
export const roomsMebibytesMax = 4_096;
/** What an entry takes beside its content, in its table and indexes. It counts for the retention of a room. */
export const roomEntryRowBytes = 600;
/** Bytes of one room on a server, with its headers, by default. Past it, the oldest entries are cut off, and a checkpoint takes their place. */
export const roomBytesMax = 256 * 1024 * 1024;

// --- loading and giving files ------------------------------------------------

/** Files that load at the same time; the others wait for their turn. */
export const loadingFilesMax = 4;
/** Pieces of one file that were asked for and are not on the disk: what it may take in memory. */
export const filePiecesAskedMax = 32;
/** Pieces in one `file-get`. A sender reads them one by one. */
export const filePiecesInRequestMax = 8;
/** Pieces of one file that were written and are not in its bitmap. Past it, no more are asked for until the disk has them. */
export const filePiecesUncountedMax = 64;
/** Pieces that a start looks for on the disk, beyond those in the bitmap. More cannot have been written. */
export const filePiecesRecheckedMax = filePiecesAskedMax + filePiecesUncountedMax;
/** Requests of this client that it has stopped, for each peer: what is under way of them is dropped without a count. */
export const stoppedRequestsMax = 64;
/** Answers with bytes that do not verify, before their author is asked no more. */
export const fileLiesMax = 3;
/** Times that an author says `no-such-file` before it is believed. It may not have heard yet that the asker came into the room. */
export const noSuchFileMax = 5;
/** Requests of one peer that wait for their answers. Past it, `file-busy`. */
export const fileRequestsMax = 32;
/** Peers that load files from this client at the same time. Past it, `file-busy`. */
export const fileLanesMax = 256;
/** Pieces that are read or under way to one peer, and to all peers together, in equal shares. */
export const filePiecesSentMax = { peer: 6, all: 64 } as const;
/** Refusals `file-no` to one peer that it has not acknowledged. Further requests of it get no answer. */
export const openFileRefusalsMax = 32;
/** Messages about files that a peer sends unasked at once, then one each `unaskedFileMessagesIntervalMs`. Past it, it is refused. */
export const unaskedFileMessagesBurst = 256;
export const unaskedFileMessagesIntervalMs = 250;
/** `file-state` of one peer at once, then one each `fileStatesIntervalMs`. Further ones are dropped. A peer that loads 4 files sends 4 a second. */
export const fileStatesBurst = 64;
export const fileStatesIntervalMs = 200;
/** The largest picture that loads without a question, in bytes, and how many bytes of one sender do so in an hour. */
export const loadedPictureBytesMax = 1024 * 1024;
export const loadedPictureBytesPerHour = 20 * 1024 * 1024;
/** The largest file that loads without a question from a person with a key that the user has compared, where the user wants that. */
export const verifiedFileBytesMax = 100 * 1024 * 1024;

// --- datagrams (PROTOCOL section 2) --------------------------------------------------------

/** Largest UDP payload on a path that is not probed yet. It passes every IPv6 path (RFC 8200: MTU 1,280). */
export const datagramBytesBase = 1_200;
/** Largest UDP payload on a path that was probed to carry it. Larger: dropped, cause `too-long`. */
export const datagramBytesMax = 8_192;
/** Largest message that the transport carries, in bytes. Past it, `send` is refused with `queue-full`. */
export const transportMessageBytesMax = 512 * 1024;
/** Bytes queued towards one peer before `send` is refused with `queue-full`; each message costs 64 besides its own. */
export const sendQueueBytesMax = 4 * 1024 * 1024;
/** Of these, those of bulk: files never take the room of words. Past it, `send` on bulk is refused with `queue-full`. */
export const bulkQueueBytesMax = 3 * 1024 * 1024;
/** The part of what follows, and of each share of it, that must be free for one more message on bulk. */
export const bulkShareOfQueues = 3 / 4;
/** Bytes queued towards all peers together, each message 512 besides its own, in shares as above. Past one: `queue-full`. */
export const sendQueuesBytesMax = 256 * 1024 * 1024;
/** Addresses tried for one peer. Further ones are ignored. */
export const candidatesMax = 8;
/** Connections and dials of an endpoint. Past it, the oldest unknown connection of the address group with most of them goes. */
export const connectionsMax = 4_096;
/**
 * With more connections than this, an address group has a limit. Below it, memory is no concern, and a load test on one machine
 * needs thousands of connections from one address.
 */
export const connectionsWithoutLimitMax = connectionsMax / 2;
/**
 * Connections of one address group that are not established, while its limit holds. A class behind one router has fewer. Past it,
 * the oldest unknown one goes. If all are registered, the new one is refused.
 */
export const groupConnectionsMax = 256;
/** Live connections to one peer: those of its gateway and of a copy, each with one of a previous process that ends. */
export const peerConnectionsMax = 4;
/** INITIATIONs answered but not confirmed yet. Past it, the oldest one of the address group with most of them is forgotten. */
export const halfOpenMax = 1_024;
/** Past so many of them, an INITIATION without a token is answered with RETRY, which carries a token. */
export const halfOpenWithoutTokenMax = 64;
/** Bytes of unfinished messages kept for all peers together, in shares (PROTOCOL 7.7). Past a share, the greatest user loses. */
export const reassemblyBytesMax = 32 * 1024 * 1024;
/**
 * Addresses with a remembered rate of answers. Past it, no new address is answered until old ones expire. `answerRates` keeps their
 * number below this, so no address is without an answer because of it.
 */
export const ratedAddressesMax = 4_096;
/** Address groups with a remembered rate. Past it, the oldest one is forgotten; the rate of all together still holds. */
export const ratedGroupsMax = 4_096;
/**
 * Goodbyes kept, to be repeated to peers that missed them. Past it, the oldest one is forgotten. It needs no shares: without its
 * goodbye a peer gets RESET, and finds out with a dial of its own.
 */
export const sentClosesMax = 4_096;
/** Credit of a peer on each channel before it gets more, in bytes. Each message costs 64 besides its own. */
export const channelCreditsMax = { control: 1024 * 1024, chat: 1024 * 1024, bulk: 2 * 1024 * 1024 } as const;

// --- rates (PROTOCOL section 7) ---------------------------------------------------------------------------

/** A message costs its receiver so many times what a small packet costs: it is decoded, answered, and often written to disk. */
export const messageTokens = 4;
/**
 * Rates of unknown peers, in packets and in messages of `messageTokens` each. A newcomer needs about 10 tokens. 256 newcomers of
 * one address fit the burst of a group, and 800 of all addresses that of all. All together keep a processor busy for a tenth of its time.
 */
export const unknownRates = {
  connection: { burst: 128, perSecond: 32 },
  group: { burst: 4_096, perSecond: 256 },
  all: { burst: 8_192, perSecond: 4_096 },
} as const;
/**
 * Rates of registered peers that are not established. One of them reaches 9.8 MB/s in packets of 1,200 bytes, and
 * 1,600 messages a second. An address group has a sixteenth for sure, and more while others leave it. All together send 3,200 messages
 * a second, which keep a processor busy for about a third of its time. The burst of a group is small, because the first packets of many
 * groups together hold up all others. It grows with the connections of the group: 256 clients that join at once have 14,336.
 */
export const registeredRates = {
  connection: { burst: 2_048, perSecond: 8_192 },
  group: { burst: 2_048, burstPerConnection: 48, perSecond: 1_024 },
  all: { burst: 16_384, perSecond: 16_384 },
} as const;
/**
 * Handshakes that are answered. One costs 0.8 ms, so all together cost a fifth of a processor's time. 1,000 clients that return at once
 * fit the burst, and 256 of one address that of a group.
 */
export const handshakeRates = {
  group: { burst: 256, perSecond: 16 },
  all: { burst: 1_024, perSecond: 256 },
} as const;
/** RETRY, which is due where many begin at once, and costs no more than a hash. */
export const retryRates = {
  group: { burst: 512, perSecond: 512 },
  all: { burst: 8_192, perSecond: 8_192 },
} as const;
/** RESET, VERSION and copies of CLOSE and RESPONSE: in a second fewer than addresses with a remembered rate. */
export const answerRates = {
  group: { burst: 256, perSecond: 128 },
  all: { burst: 2_048, perSecond: 2_048 },
} as const;

/**
 * Answers `error` that one connection has not acknowledged. A peer that the role does not know needs one. Any other one may have so many
 * offers under way, and each is answered. Past it, the connection is closed.
 */
export const openErrorsMax = { unknown: 1, known: 32 } as const;
/**
 * Keys that an endpoint refuses for 10 s, because their peers sent nonsense past that. Past it, the one refused first is forgotten.
 * It needs no shares: a fresh key costs no more than one that is forgotten.
 */
export const refusedPeersMax = 4_096;

// --- discovery (PROTOCOL section 11) ----------------------------------------------------------------------

/** The length of a query. A shorter one is `malformed`. No answer is longer. */
export const discoveryQueryBytes = 512;
/** A longer datagram of discovery is dropped and counted. */
export const discoveryDatagramBytesMax = 1_200;
/** The name of a chat in a beacon. A beacon with a longer one is `malformed`. */
export const chatNameCodePointsMax = 32;
export const chatNameBytesMax = 96;
/** Addresses in a beacon, and versions. A beacon with more is `malformed`; a server leaves out the worst ones. */
export const beaconAddressesMax = 8;
export const beaconVersionsMax = 8;
/** Chats on the list that one address brought, and all. Further ones are dropped and counted. */
export const nearbyChatsOfAddressMax = 16;
export const nearbyChatsMax = 500;
/** Addresses of one chat on the list. Further ones are left out. */
export const nearbyAddressesMax = 8;

// --- the server's tables ------------------------------------------------------------------------------

/**
 * Names that a server keeps. For a further name, the server releases the offline name with the shortest time online. If
 * all are online, it refuses with `server-full` (PROTOCOL 6.9).
 */
export const namesMax = 10_000;
/**
 * Guests of one host at a server. For one more, the server releases the guest of that host that was online for the shortest
 * time; if all are online, it refuses with `guests-full` (PROTOCOL 6.115).
 */
export const guestsOfHostMax = 100;
/** New names from one address group at once, then one a second. Further ones are refused with `too-often`; their clients retry. */
export const newNamesBurst = 2_500;
/**
 * Removed names in the roster log. A subscriber that has not heard of an older removal gets a full snapshot. It needs no shares: new
 * names have a rate, so a name must be removed before its time only as fast as that.
 */
export const removedNamesMax = 1_000;
/** Wrong join codes from one address at once, then one every 12 s. More tries are refused with `too-many-tries`. */
export const joinCodeTriesBurst = 5;
export const joinCodeTriesIntervalMs = 12_000;
/** Bans of one server. The next one is refused with `too-many-bans`. */
export const bansMax = 1_000;
/** Days of a ban with an end. More are refused as malformed. */
export const banDaysMax = 36_500;
/** Rows of the client table in one message. The others follow when it is acknowledged. */
export const rosterChunkRowsMax = 200;
/** Changes of one row that are published at once, then one in 5 s (PROTOCOL 6.51). */
export const rowChangesBurst = 10;
/** Requests of one client for rows that are answered at once, then one in 5 s. Others get `too-often` (PROTOCOL 6.8). */
export const rosterRequestsBurst = 4;
/** Requests of one client for addresses that are answered at once, then one in 100 ms. Others get `too-often` (6.52). */
export const addressLookupsBurst = 64;
/** Questions of one client about its connections that a server passes on at once, then one in 5 s. Others get `too-often` (6.111). */
export const checkRequestsBurst = 8;
/** Questions of one client that a server remembers until they are answered. Past it, the oldest is forgotten. */
export const openChecksMax = 8;
/** The largest quotas that an operator can set (shared/quotas.ts), and the highest age of mail. */
export const mailQuotaMessagesMax = 1_000_000;
export const mailQuotaMebibytesMax = 65_536;
export const mailQuotaDaysMax = 36_500;
/** Most rooms that an operator can allow. */
export const roomsQuotaMax = 10_000;
/** People of a server in one answer to its operator. The answer tells how many match in total. */
export const peopleToldMax = 2_000;
/** Seconds of traffic that a gateway with a server keeps for its operator. Older ones are forgotten. */
export const trafficSecondsMax = 300;
/** Codes of refusals that a server counts apart. It has fewer; a further one is not counted. */
export const refusalCodesMax = 64;
/** Lines of the log that a gateway keeps, and the length of each in code units. Older lines are forgotten, and longer ones cut. */
export const logLinesMax = 500;
export const logLineLengthMax = 300;
/** Mailboxes of a server that its operator sees one by one: the largest. The others are only counted. */
export const mailboxesToldMax = 20;
/** Messages that expire in one turn. The others follow in the next ones. */
export const expiriesInTurnMax = 500;
/**
 * Bytes of a content: the longest text takes half, and later kinds of content need room. A longer body is `malformed`. With
 * the 4 bytes of its length it fills 32 KiB in an envelope.
 */
export const contentBytesMax = 32 * 1024 - 4;
/** Bytes of a sealed content, with the overhead of HPKE. A longer one is `malformed`. */
export const sealedBytesMax = contentBytesMax + 4 + 48;
/**
 * Bytes of a sealed receipt: 64 ids and `read` fill five steps of 256 bytes, one more is for later fields, and 48 bytes are
 * the overhead of HPKE. A longer one is `malformed`.
 */
export const receiptSealedBytesMax = 6 * 256 + 48;
/** Users to which one user has written, as a server remembers them (PROTOCOL 6.24). Past it, the earliest is forgotten. */
export const correspondentsMax = 256;
/**
 * Envelopes that leave a full mailbox for one that comes. If it takes more, the one that comes is refused, and finds their room
 * when it comes again. By default the longest envelope takes the room of five average ones.
 */
export const evictionsInTurnMax = 16;
/** Envelopes with receipts from one user that wait for another. The next one is refused with `mailbox-full` and retried. */
export const receiptEnvelopesMax = 100;
/** Features of one client or server, and characters of each. A longer list is `malformed`. */
export const featuresMax = 32;
export const featureCharactersMax = 32;
/** One-time mail keys of one user that a server keeps, and in one `mail-keys`. Further ones are not kept. */
export const oneTimeKeysMax = 64;
/** With fewer one-time mail keys of a user than this, the server asks that user for more. */
export const oneTimeKeysLow = 16;
/**
 * Requests of one client for mail keys that a server answers at once, and the time in which it answers one more. Further
 * ones are answered with `too-often`. Clients send fewer. The first is enough for a burst of messages to 16 users.
 */
export const mailKeyRequestsBurst = 256;
export const mailKeyRequestsIntervalMs = 50;
/** Installations of one user for which mail waits. Past it, mail for the one that was replaced first goes back to its senders. */
export const installationsMax = 8;
/** Former installations in `register`: their weekly mail keys came in a backup. The oldest are left out. */
export const formerInstallationsMax = 4;
/** Deliveries to one user that wait for a confirmation at a time. The others stay in the mailbox. */
export const deliveriesInFlightMax = 32;
/** Senders' waits for `stored` after one recipient took their envelopes unopened. Past it, the first is told at once. */
export const unopenedWaitsMax = 1_000;

/**
 * Dials of a client to addresses that only the peer names, at once and then one per interval: to one peer, and to all. A
 * restart of the peer needs one. With 7 addresses of 256 bytes, all peers together make a client send 4 kB/s to victims.
 */
export const claimDialsBurst = 3;
export const claimDialsIntervalMs = 10_000;
export const allClaimDialsBurst = 32;
export const allClaimDialsIntervalMs = 500;

// --- the client's tables --------------------------------------------------------------------------

/** Messages offered to one peer that wait for a receipt at a time. The others stay in the outbox. */
export const offersInFlightMax = 32;
/** Messages of a roster key to which the user never wrote. Further ones are rejected with `not-accepted`, and wait at their sender. */
export const unansweredMessagesMax = 50;
/** Bytes of text of such a key, in UTF-8. */
export const unansweredBytesMax = 256 * 1024;
/** Keys that wrote and that no roster has named. Past it, the one that wrote first is forgotten, with its messages. */
export const unknownSendersMax = 50;
/** Messages of one such key. Further ones are rejected with `not-accepted`. */
export const unknownSenderMessagesMax = 3;
/** Bytes of text of one message of such a key, in UTF-8. A longer one is rejected with `not-accepted`. */
export const unknownSenderTextBytesMax = 1024;
/**
 * Contacts without any message, known only from the server (PROTOCOL 6.43). Past it, the client forgets those that the
 * server mentioned least recently, offline ones first, and emits `contacts-removed`. As many as a server has names.
 */
export const contactsWithoutMessagesMax = 10_000;
/** Earlier nicknames of one key, without any message. Past it, the oldest is free for other keys. */
export const namesWithoutMessagesMax = 8;
/**
 * Senders that wait for the roster to name them. Past it, the messages of the first are accepted without a name. It needs no shares:
 * a flood of senders only shortens the wait.
 */
export const heldSendersMax = 32;
/** Messages of one such sender. With the last of them, all are accepted without a name. */
export const heldMessagesMax = 16;
/** Envelopes from the server that wait to be opened. The next one stays on the server, which offers it again. */
export const opensWaitingMax = 64;
/** Ids of unopened messages that are remembered of one blocked key. The oldest is forgotten first. */
export const unopenedIdsMax = 10_000;
/** Receipts sent to one peer that it has not acknowledged. The others wait on disk. */
export const receiptsInFlightMax = 256;
/** Private one-time mail keys of one client. Past it, the oldest is deleted, and mail sealed to it is sealed again. */
export const privateOneTimeKeysMax = 1_024;
/** Private weekly mail keys of one client. Past it, the oldest is deleted, and mail sealed to it is sealed again. */
export const privateWeeklyKeysMax = 16;
/** Recipients with mail keys that a client has at hand. Past it, the one used least recently is asked for again. */
export const recipientKeysMax = 1_000;
/** Ids in one receipt. More go into the next one. */
export const receiptIdsMax = 64;
/** Messages that one read receipt marks as read, the newest ones. The next receipt marks older ones. */
export const readsInTurnMax = 1_000;

/** Addresses that one connection check tries. Further ones are left out. */
export const checkTargetsMax = 16;
/** Questions of one key about its connection that a client answers at once, then one in 10 s. It ignores the others (6.112). */
export const checkAnswersBurst = 3;
/**
 * The same of all keys together, then one in 1 s. Keys that the user wrote to or allowed have a share of their own, so that strangers
 * take nothing from them.
 */
export const checkAnswersInAllBurst = 8;
/** Questions of others that are being answered. Past it, the oldest is given up. By the rates above, fewer come within the time of a check. */
export const checkQuestionsMax = 64;
/** Own questions that wait for an answer. Past it, the oldest is given up. */
export const checksAskedMax = 16;

// --- the bridge ------------------------------------------------------------------------------------------

/** Events kept for tabs that reconnect. A tab that missed more gets a snapshot. */
export const eventLogMax = 2_000;
/** Results of commands kept, so that a repeated command gets its first result. The oldest are forgotten. */
export const commandResultsMax = 1_000;
/** People of one conversation that are shown to type. Past it, the one that typed least recently is shown no longer. */
export const typingPeopleMax = 20;
/** The same for all conversations together. Past it, the conversation with most of them loses one. */
export const typingPeopleInAllMax = 200;
/** Messages of one conversation in a snapshot; older ones are asked for with `history`. */
export const snapshotMessagesMax = 50;
/** Messages in one answer to `history`. */
export const historyMessagesMax = 200;
/** A page keeps so many of the newest messages of each conversation: a peer that floods must not fill its memory. */
export const newestMessagesMax = 1_000;
/** So many messages the page keeps of the one place further up where the user reads. */
export const pastMessagesMax = 10_000;
/** Results in one answer to `search`. */
export const searchResultsMax = 50;
/** Letters of a search. What follows is ignored. */
export const searchLettersMax = 500;
/** Downloads that were asked for and not yet fetched, of all frontends together. */
export const transferTicketsMax = 64;
/** Connections in one answer to `statistics`; the oldest are left out. */
export const connectionsShownMax = 200;
/** Ephemeral events that wait for one subscriber. Past it, the key that changed least recently is dropped. */
export const ephemeralEventsMax = 64;
/** Conversations with a notification that the user has not seen. Past it, that of an unknown person is withdrawn, or else the oldest. */
export const notifiedConversationsMax = 256;
/** Bytes of one message of the desktop's session bus. Past it, the connection to the bus is closed. */
export const busMessageBytesMax = 128 * 1024;
/** Answers of the session bus that are waited for. A further call gets none. */
export const busAnswersWaitingMax = 16;
/** Conversations that a browser is about to open for a click on a notification. Past it, the oldest opens the list instead. */
export const openPlacesMax = 16;
/** Connections that one subscriber watches at a time. Past it, the one that it has watched longest is dropped. */
export const watchedConnectionsMax = 8;
/** Bytes queued for one tab. Past it, the tab is dropped; it reconnects and resumes. */
export const tabQueueBytesMax = 4 * 1024 * 1024;
/** Largest frame accepted from a tab, in bytes: a message of 16 KiB, escaped by JSON at worst six-fold. */
export const bridgeFrameBytesMax = 128 * 1024;
/** Chats that were joined before, on the first screen: the last used. */
export const profilesListedMax = 50;
/** Files and folders of the data folder that are measured. */
export const dataFolderEntriesMax = 5_000;
/** Names in the data folder that Chatagram has not made, in the report of a wipe. */
export const dataFolderForeignMax = 20;
/** Tabs connected at a time that have proved their key. The next one is refused. */
export const tabsMax = 64;
/** Tabs connected at a time that have not proved their key yet. For a further one, the oldest one is cut off. */
export const tabsProvingMax = 16;
/** Commands of one tab that wait for their results. Past it, the gateway stops reading from the tab until one is done. */
export const tabCommandsInFlightMax = 256;
/** TCP connections to the bridge that belong to no tab. For a further one, the oldest one is closed. */
export const bridgeRequestConnectionsMax = 256;
/** Links with an unused secret. A newer one makes the oldest invalid. */
export const linksOpenMax = 16;
/** How long a link and its code work. */
export const linkLifetimeMs = 10 * 60_000;
/** Wrong codes that end the code of the newest link. The link itself still works. */
export const accessCodeTriesMax = 5;
/** Browsers that may use the gateway. A newer one makes the one that was seen least recently need a new link. */
export const browsersMax = 64;
/** Characters of the name of a browser, which the gateway makes of its User-Agent. */
export const browserNameCharactersMax = 40;

// --- guests (PROTOCOL section 12) ------------------------------------------------------------------------

/** Bytes of each message of the handshake with a guest's page. A longer one ends the session with `handshake-failed`. */
export const guestHandshakeBytesMax = 1_024;
/** Largest frame that a guest's page accepts from the gateway. A longer one ends the session with `too-long`. */
export const guestPageFrameBytesMax = 4 * 1024 * 1024;
/** Secrets of links that a gateway accepts at a time. Each costs it some hashes for a first message. Further ones are not tried. */
export const guestSecretsMax = 16;
/** Guests of one gateway, unless its host chooses another number. */
export const guestsDefaultMax = 50;
/** Pages of one guest at a time. For a further one, the oldest one ends. */
export const guestPagesMax = 4;
/** Pages that have not proved their key yet. For a further one, the oldest one of the address with the most of them is cut off. */
export const guestsProvingMax = 32;
/** A page that has not proved its key by then is cut off. */
export const guestProofMs = 10_000;
/** The largest number that a host can choose. */
export const guestsMax = 200;
/**
 * New guests of one address of which the host is not asked: half of all places, and at least so many. Further ones wait for the host, so that one
 * device that makes up guests leaves places to others.
 */
export const guestsOfAddressMin = 4;
/** Visitors that wait for the host. For a further one, the address with the most of them loses the newest. */
export const guestsWaitingMax = 20;
/** Keys that may not come again, the newest ones. */
export const guestsBarredMax = 200;
/** TCP connections to the port for guests that serve requests. For a further one, the address with the most of them loses its oldest. */
export const guestRequestConnectionsMax = 256;
/** WebSockets of pages: 4 for each of 200 guests, and visitors. For a further one, the address with the most of them loses its newest. */
export const guestSocketsMax = 1_024;
/** Addresses of this computer at which guests are taken. Further ones are left out. */
export const guestAddressesMax = 16;
/**
 * TCP connections of guests' browsers that are taken. A browser opens 6 for a page. 20 of one address fit the burst. Further ones are closed
 * before a byte is read.
 */
export const guestConnectionRates = {
  group: { burst: 128, perSecond: 16 },
  all: { burst: 1_024, perSecond: 128 },
} as const;
/** Requests of guests' browsers that are answered. Further ones are refused with `too-many-requests`, and their connection ends. */
export const guestRequestRates = {
  group: { burst: 512, perSecond: 32 },
  all: { burst: 2_048, perSecond: 256 },
} as const;
/**
 * WebSockets of guests' pages that are taken. Each costs one handshake of 0.8 ms, so all together cost a twentieth of a processor's
 * time. 200 guests who come back at once fit the burst. Further ones are refused with `too-many-requests`, and the page tries again.
 */
export const guestHandshakeRates = {
  group: { burst: 64, perSecond: 4 },
  all: { burst: 512, perSecond: 64 },
} as const;
/** Bytes from one page. Beyond it the page is read more slowly, and nothing is lost. */
export const guestPageRate = { burst: 1024 * 1024, perSecond: 128 * 1024 } as const;
/** What each message of a page costs of that besides its own bytes. */
export const guestMessageCostBytes = 256;
/**
 * Bytes that a guest may write into the chat, so that no guest fills the disk of the host: 86 MB a day. Beyond it, a command is refused with
 * `too-often`. Thousands of messages that were typed while the page was away fit the burst.
 */
export const guestWriteRate = { burst: 2 * 1024 * 1024, perSecond: 1024 } as const;
/** What each change costs of that besides its own bytes: what a store keeps of a message. */
export const guestWriteCostBytes = 512;
/** A guest who is away for so long is forgotten, and the nickname is free. */
export const guestAwayMs = 7 * 24 * 60 * 60_000;

// --- the terminal ----------------------------------------------------------------------------------------

/** Messages remembered as printed. One that is repeated after so many others is printed again. */
export const printedIdsMax = 10_000;
/** Messages typed at the prompt without a printed outcome. Past it, the outcome of the oldest is not printed. */
export const notedMessagesMax = 10_000;
/** Messages of one input that are neither delivered nor stored. Past it, the prompt reads no input until some are. */
export const pipedMessagesOpenMax = 100_000;

// --- files on the disk (gateway/files) -----------------------------------------------------------------------

/** Files that transfers keep open. The one that was not used for the longest time is closed, and opened again when it is needed. */
export const blobFilesOpenMax = 64;
/** Files in the answer to one question of a frontend. */
export const filesListedMax = 200;
/** Bytes of all files in the `blobs/` of one client. The next file is refused with `quota-full`. */
export const fileQuotaBytes = 32 * 1024 ** 3;
/** Bytes that all files of a guest may take on the disk of the host. The next file is refused with `quota-full`. */
export const guestFileQuotaBytes = 200 * 1024 ** 2;
/** Files in `blobs/`, and offered files of the user. The next one is refused with `quota-full`. */
export const blobsMax = 20_000;
/** Bytes of a disk that files never take: the databases of the chat need room. Past it, a file is refused with `disk-full`. */
export const freeDiskBytesMin = 64 * 1024 * 1024;
/** Parts of piece layers in memory, of 16 KiB each. The one that was not used for the longest time is read again. */
export const fileLayerPartsKeptMax = 64;
/** Piece layers with their proofs in memory, at most 256 KiB for each. The one that was not used for the longest time is read again. */
export const fileLayersKeptMax = 16;
/** Files that browsers upload at the same time. The next one is refused with `too-many-uploads`. */
export const uploadsAtOnceMax = 8;
/** Packed folders with their indexes in memory. The one that was not used for the longest time is read again when it is needed. */
export const packedFoldersOpenMax = 2;
/** Entries of a folder that are named to the user as left out. The others are counted. */
export const leftOutNamedMax = 20;
