/**
 * Seeds that failed once, each with the fault that it showed. A seed names a storm only while the storm draws in the same
 * order. A change of that order needs a new run over many seeds.
 */
export const pinnedSeeds: Readonly<Record<'chat' | 'rooms' | 'files' | 'transport', readonly number[]>> = {
  // 32, 38, 48, 56: a new gateway called messages read that only the lost one had.
  // 423: the server's clock was set, so that a weekly key had expired, and no new one came for an hour.
  // 91: a server was restored to a log of #everyone that it had lost, and the storm took its notice for a message shown twice.
  chat: [32, 38, 48, 56, 91, 423],
  // 237: members waited for ever for a server that had lost their joins, and of which they had no entry to offer.
  // 249: a member heard nothing more after another one had given the server its log, with the membership, back.
  // 402: a server took back the entries that it had lost, and lost them again before their author had them in the new log.
  // 704, 798: the end of an offer left a room to be followed, and no later turn came to do it.
  // 782: what an offer did not bring back waited in the outbox, and no later turn came to send it.
  rooms: [237, 249, 402, 704, 782, 798],
  files: [],
  transport: [],
};
