/**
 * Every maximum of the program in one place, its unit in its name. Each comment says what happens when
 * the maximum is reached: a refusal that the sender sees, or a counted drop, never silence.
 */

// --- what people write -------------------------------------------------------------------------

/** Longest nickname, in Unicode code points after preparation. Longer: `nickname-too-long`. */
export const nicknameCodePointsMax = 32;
/** Longest chat message, in bytes of UTF-8. Longer: `message-too-long`, the text stays in the box. */
export const messageTextBytesMax = 16 * 1024;

// --- datagrams (docs/PROTOCOL.md section 2) --------------------------------------------------------

/** Largest UDP payload that is sent where nothing is known of the path: it passes every IPv6 one (RFC 8200: MTU 1,280). */
export const datagramBytesBase = 1_200;
/** Largest UDP payload sent or accepted, on paths that were found to carry it. Larger: dropped, cause `too-long`. */
export const datagramBytesMax = 8_192;
/** Largest message that the transport carries, in bytes. Past it, `send` is refused with `queue-full`. */
export const transportMessageBytesMax = 512 * 1024;
/** Bytes queued towards one peer before `send` is refused with `queue-full`; each message costs 64 besides its own. */
export const sendQueueBytesMax = 4 * 1024 * 1024;
/** Bytes queued towards all peers together, each message 512 besides its own. Past it, `send` is refused with `queue-full`. */
export const sendQueuesBytesMax = 256 * 1024 * 1024;
/** Addresses tried for one peer (DESIGN section 3); further ones are ignored. */
export const candidatesMax = 8;
/** Connections and dials an endpoint keeps; past it, the newest stranger is refused. */
export const connectionsMax = 4_096;
/** INITIATIONs answered but not confirmed yet. Past it, the oldest one is forgotten. */
export const halfOpenMax = 1_024;
/** Past so many of them, whoever comes without a token is sent to fetch one (RETRY). */
export const halfOpenWithoutTokenMax = 64;
/** Bytes of unfinished messages kept for all peers together. Past it, fragments are not acknowledged (cause `limit`). */
export const reassemblyBytesMax = 64 * 1024 * 1024;
/** Addresses for which an answer's rate is remembered. Past it, nobody new is answered until old ones expire. */
export const ratedAddressesMax = 4_096;
/** Goodbyes kept, to be said again to whoever has not heard them. Past it, the oldest one is forgotten. */
export const sentClosesMax = 4_096;
/** What a peer may send on each channel before it is granted more: bytes, and 64 for each message. */
export const channelCreditsMax = { control: 1024 * 1024, chat: 1024 * 1024, bulk: 2 * 1024 * 1024 } as const;

// --- the server's tables ------------------------------------------------------------------------------

/**
 * Names that a server keeps. For one more, the one makes room that is offline and was online for the shortest time; without
 * any, it is refused with `server-full` (PROTOCOL 6.9).
 */
export const namesMax = 10_000;
/** New names from one address at once; then one a second. More are refused with `too-often`, and come again by themselves. */
export const newNamesBurst = 2_500;
/** Names that are gone and still told as such. Whoever has not heard of an older one gets the table anew. */
export const removedNamesMax = 1_000;
/** Rows of the client table in one message; the others follow when it is acknowledged. */
export const rosterChunkRowsMax = 200;
/** What a server's quotas can be set to (shared/quotas.ts), for a mailbox or for a sender, and how old mail may get. */
export const mailQuotaMessagesMax = 1_000_000;
export const mailQuotaMebibytesMax = 65_536;
export const mailQuotaDaysMax = 36_500;
/** Names of a server that its operator is told at once. */
export const namesToldMax = 200;
/** Messages that expire in one turn. The others follow in the next ones. */
export const expiriesInTurnMax = 500;
/** Bytes of a content when it is sealed: the text, its frame, and what HPKE adds. */
export const sealedBytesMax = messageTextBytesMax + 256 + 48;
/** Envelopes with one person's receipts that wait for another. The next one is refused with `mailbox-full`, who owes it tries again. */
export const receiptEnvelopesMax = 100;
/** Deliveries to one person that wait for a receipt at a time. */
export const deliveriesInFlightMax = 32;

// --- the client's tables --------------------------------------------------------------------------

/** Messages offered to one peer that wait for a receipt at a time. The others stay in the outbox. */
export const offersInFlightMax = 32;
/** People kept who wrote without being in any roster. The next one is declined, and keeps the message in the outbox. */
export const strangersMax = 100;
/**
 * People kept of whom there is nothing but what the server says (PROTOCOL 6.43). Past it, those of whom it spoke longest ago
 * are forgotten, who is offline before who is online; event `people-gone`. As many as a server has names.
 */
export const peopleUnspokenMax = 10_000;
/** Nicknames that one key had, and under which nothing was said. The oldest is anybody's again. */
export const namesUnspokenMax = 8;
/** Envelopes that came by the server and wait to be opened. The next one is left there, which offers it again. */
export const opensWaitingMax = 64;
/** Receipts said to one peer that it has not noted. The others wait on disk. */
export const receiptsInFlightMax = 256;
/** Ids in one receipt. More go into the next one. */
export const receiptIdsMax = 64;
/** Messages that one word of having read marks so, the newest of them. Older ones are marked by the next. */
export const readsInTurnMax = 1_000;

// --- the bridge ------------------------------------------------------------------------------------------

/** Events kept for tabs that come back. A tab that missed more gets a snapshot. */
export const eventLogMax = 2_000;
/** Answers to commands kept, so that a repeated command gets its first answer. The oldest go. */
export const answersKeptMax = 1_000;
/** Messages of one conversation in a snapshot; older ones are asked for with `history`. */
export const snapshotMessagesMax = 50;
/** Messages in one answer to `history`. */
export const historyMessagesMax = 200;
/** Connections in one answer to `statistics`; the oldest are left out. */
export const connectionsShownMax = 200;
/** Bytes queued for one tab before it is dropped; it reconnects and resumes. */
export const tabQueueBytesMax = 4 * 1024 * 1024;
/** Largest frame accepted from a tab, in bytes: a message of 16 KiB, escaped by JSON at worst six-fold. */
export const bridgeFrameBytesMax = 128 * 1024;
/** Tabs connected at a time. The next one is refused. */
export const tabsMax = 64;
/** Commands of one tab that wait for their answers. Past it, the gateway reads on when one is answered. */
export const tabCommandsInFlightMax = 256;
/** TCP connections to the bridge: tabs, and what browsers open beside them. Further ones are closed at once. */
export const bridgeConnectionsMax = 512;
/** Links of which the secret was not used yet. A newer one makes the oldest invalid. */
export const linksOpenMax = 16;
/** Browsers that may come back by their cookie. A newer one makes the oldest ask for a new link. */
export const sessionsKeptMax = 64;

// --- the terminal ----------------------------------------------------------------------------------------

/** Messages remembered as printed. One that is told again after so many others is printed again. */
export const printedIdsMax = 10_000;
/** Messages typed here whose fate is still to be told. Of the oldest no more is told; it goes its way all the same. */
export const notedMessagesMax = 10_000;
/** Messages of one input that are neither delivered nor stored. Past it, reading pauses until some are. */
export const pipedMessagesOpenMax = 100_000;
