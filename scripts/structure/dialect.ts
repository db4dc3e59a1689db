/**
 * Words of a private dialect. A plain English sentence does not need them. Its subject is a type or a role: the client,
 * the server, the user, the peer, the sender, the recipient.
 */
const dialect: readonly RegExp[] = [
  /\bwhoever\b/giu,
  /\bwhom\b/giu,
  /\bwhose\b/giu,
  // As the head of a clause that is no question: "Who is away gets it later."
  /\bWho (?![^.?\n]*\?)/gu,
  /\banew\b/giu,
  /\bnobody\b/giu,
  /\bsomebody\b/giu,
  /\banybody\b/giu,
  /\b(?:is|are) none\b/giu,
  /\bof before\b/giu,
  /\ball the same\b/giu,
  /\blest\b/giu,
  /\bmeanwhile\b/giu,
  /\bany ?more\b/giu,
  /\bnot a word\b/giu,
  /\bthe persons? here\b/giu,
  /\bas ever\b/giu,
  /\bin earnest\b/giu,
  /\bof its own accord\b/giu,
  /\bgoes its way\b/giu,
  /\bstands there\b/giu,
  /\bthere lacks\b/giu,
  /\bbe it\b/giu,
];

/** Counts the words of the dialect in one text. */
export function countDialect(text: string): number {
  return dialect.reduce((sum, word) => sum + (text.match(word)?.length ?? 0), 0);
}
