import { nicknameCodePointsMax } from './limits.ts';

/**
 * Nicknames follow the PRECIS profile "Nickname" (RFC 8266). This program narrows it: no spaces, no leading `#` (rooms
 * begin with it), 1 to 32 code points.
 */
export type NicknameError = 'nickname-empty' | 'nickname-too-long' | 'nickname-not-allowed';

/** Prepares and enforces (RFC 8266 sections 2.2 and 2.3). The program shows and sends the returned form. */
export function parseNickname(
  text: string,
): { readonly nickname: string } | { readonly error: NicknameError } {
  // A long text is refused before any work on it: normalization makes at most 18 code points of one.
  if (text.length > nicknameCodePointsMax * 18) return { error: 'nickname-too-long' };
  const nickname = prepareUntilStable(text);
  if (nickname === undefined) return { error: 'nickname-not-allowed' };
  if (nickname === '') return { error: 'nickname-empty' };
  if ([...nickname].length > nicknameCodePointsMax) return { error: 'nickname-too-long' };
  if (nickname.startsWith('#') || !freeformWithoutSpaces.test(nickname))
    return { error: 'nickname-not-allowed' };
  return { nickname };
}

/**
 * Two nicknames name the same user exactly when their comparison keys are equal (RFC 8266 section 2.4: enforcement,
 * then toLowerCase). Takes any text that a user may type.
 */
export function nicknameComparisonKey(nickname: string): string {
  const lower = (prepareUntilStable(nickname) ?? nickname).toLowerCase();
  return prepareUntilStable(lower) ?? lower;
}

/** Returns a free nickname near the wanted one: `bob2`, `bob3` ..., cut to fit. `taken` decides by comparison key. */
export function suggestNickname(wanted: string, taken: (comparisonKey: string) => boolean): string {
  for (let number = 2; ; number++) {
    const suffix = String(number);
    const stem = [...wanted].slice(0, nicknameCodePointsMax - suffix.length).join('');
    const parsed = parseNickname(stem + suffix);
    if ('nickname' in parsed && !taken(nicknameComparisonKey(parsed.nickname))) return parsed.nickname;
  }
}

/**
 * RFC 8264 section 9.14 FreeformClass without its spaces: letters, marks, numbers, punctuation, symbols; no
 * control, format, private-use or unassigned characters, nothing default-ignorable, no conjoining Jamo.
 */
const freeformWithoutSpaces =
  /^(?:(?![\p{Default_Ignorable_Code_Point}\u1100-\u11FF\uA960-\uA97F\uD7B0-\uD7FF])[\p{L}\p{M}\p{N}\p{P}\p{S}])+$/u;

/** RFC 8266 section 2.2: the rules are applied until the text no longer changes, at most 4 times. */
function prepareUntilStable(text: string): string | undefined {
  let current = text;
  for (let round = 0; round < 4; round++) {
    const next = prepare(current);
    if (next === current) return current;
    current = next;
  }
  return undefined;
}

function prepare(text: string): string {
  // None of the rules changes letters, digits and signs of ASCII.
  if (/^[!-~]*$/.test(text)) return text;
  return (
    text
      // Emoji keyboards append a variation selector that does not change the meaning. PRECIS would refuse the name.
      .replaceAll(/[\uFE0E\uFE0F]/g, '')
      // RFC 8266 section 2.1, additional mapping rule: spaces become U+0020, none at the ends, one between.
      .replaceAll(/\p{Zs}/gu, ' ')
      .replaceAll(/^ +| +$/g, '')
      .replaceAll(/ {2,}/g, ' ')
      .normalize('NFKC')
  );
}
