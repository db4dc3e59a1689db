import Type, { type Static } from 'typebox';
import { base32Characters, decodeBase32 } from '../base32.ts';
import { browserNameCharactersMax, browsersMax } from '../limits.ts';

/** A browser that may use the gateway. */
export const BrowserSchema = Type.Object({
  id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
  /** For the user, as the browser describes itself: `Firefox on Linux`. */
  name: Type.String({ maxLength: browserNameCharactersMax }),
  addedAtMs: Type.Integer(),
  lastSeenAtMs: Type.Integer(),
  /** Tabs that are connected now. */
  tabs: Type.Integer({ minimum: 0 }),
});
export type Browser = Static<typeof BrowserSchema>;

export const BrowsersResultSchema = Type.Object({
  browsers: Type.Array(BrowserSchema, { maxItems: browsersMax }),
});

/** Two ways for one more browser to get in. The first one that is used ends both. */
export const LinkResultSchema = Type.Object({
  /** The address of the app with a secret in its fragment. */
  link: Type.String(),
  /** The address of the app alone, where the user types the code. */
  address: Type.String(),
  /** `k7q2-m4xd` */
  code: Type.String({ pattern: '^[0-9a-z]{4}-[0-9a-z]{4}$' }),
  expiresAtMs: Type.Integer(),
});
export type Link = Static<typeof LinkResultSchema>;

/** 40 bits. An attacker has five tries, so it succeeds once in 200 thousand million links. */
export const accessCodeBytes = 5;
const accessCodeCharacters = 8;

/** Reads 8 characters, in upper or lower case, with or without hyphens and spaces. Undefined for anything else. */
export function parseAccessCode(text: string): string | undefined {
  const characters = base32Characters(text);
  const isCode = characters.length === accessCodeCharacters && decodeBase32(characters) !== undefined;
  return isCode ? characters : undefined;
}
