import { nicknameCodePointsMax } from './limits.ts';
import { withoutPicture } from './text/characters.ts';
import { withoutSequences } from './text/sequences.ts';

/**
 * Nicknames follow the PRECIS profile "Nickname" (RFC 8266), with two changes. It is narrower: no spaces, no leading `#`
 * (rooms begin with it), nothing that cannot be seen, 1 to 32 code points. It is wider: emoji sequences, and the joiners of
 * scripts that need them. docs/decisions/0028-names-that-look-alike.md tells why.
 */
export type NicknameError = 'nickname-empty' | 'nickname-too-long' | 'nickname-not-allowed';

/** Longer texts are no nicknames, and get no work. Normalization makes at most 18 code points of one. */
const rawUnitsMax = nicknameCodePointsMax * 18;

/** Prepares and enforces (RFC 8266 sections 2.2 and 2.3). The program shows and sends the returned form. */
export function parseNickname(
  text: string,
): { readonly nickname: string } | { readonly error: NicknameError } {
  if (text.length > rawUnitsMax) return { error: 'nickname-too-long' };
  const nickname = prepareUntilStable(text);
  if (nickname === undefined) return { error: 'nickname-not-allowed' };
  if (nickname === '') return { error: 'nickname-empty' };
  if ([...nickname].length > nicknameCodePointsMax) return { error: 'nickname-too-long' };
  if (nickname.startsWith('#') || !isAllowed(nickname)) return { error: 'nickname-not-allowed' };
  return { nickname };
}

/** Returns a nickname that a server names; null if it is not a prepared one. */
export function preparedNickname(text: string): string | null {
  const parsed = parseNickname(text);
  return 'nickname' in parsed && parsed.nickname === text ? text : null;
}

/**
 * Two nicknames are the same exactly when their comparison keys are equal (RFC 8266 section 2.4: enforcement, then
 * toLowerCase). Takes any text that a user may type. Nicknames that only look the same: look-alikes.ts.
 */
export function nicknameComparisonKey(nickname: string): string {
  if (nickname.length > rawUnitsMax) return nickname;
  const lower = (prepareUntilStable(nickname) ?? nickname).toLowerCase();
  return (prepareUntilStable(lower) ?? lower).replaceAll(/[\uFE0E\uFE0F]/g, '');
}

/**
 * Returns a free nickname near the wanted one, cut to fit: `bob2`, `bob3` and so on, later in steps that double. `isTaken` also
 * says which nicknames look like one that is taken. Returns null if none of 31 is free: a stranger who takes thousands
 * of names must not make each refusal cost as many look-ups.
 */
export function suggestNickname(wanted: string, isTaken: (nickname: string) => boolean): string | null {
  const codePoints = [...wanted];
  for (let number = 2; number < 2 ** 21; number += number < suggestedInTurnMax ? 1 : number) {
    const suffix = String(number);
    let stem = codePoints.slice(0, nicknameCodePointsMax - suffix.length);
    // A cut through an emoji or before a joiner leaves no nickname. Digits alone are one.
    while ('error' in parseNickname(stem.join('') + suffix)) stem = stem.slice(0, -1);
    const parsed = parseNickname(stem.join('') + suffix);
    if ('nickname' in parsed && !isTaken(parsed.nickname)) return parsed.nickname;
  }
  return null;
}

const suggestedInTurnMax = 16;

function isAllowed(nickname: string): boolean {
  if (/^\p{M}/u.test(nickname)) return false;
  // Each step reads the nickname once, so that no nickname takes a search for the way to read it.
  const characters = withoutSequences(nickname);
  if (!freeform.test(characters) || invisible.test(characters)) return false;
  return /^[ -~]*$/.test(nickname) || !tooManyMarks.test(characters.normalize('NFD'));
}

/** UTS 39 section 5.4: more than four nonspacing marks in a row, or the same one twice. They would cover other lines. */
const tooManyMarks = /[\p{Mn}\p{Me}]{5}|([\p{Mn}\p{Me}])\1/u;

const invisible = new RegExp(`[${withoutPicture}]`, 'u');

/**
 * RFC 8264 section 9.14 FreeformClass without its spaces: letters, marks, numbers, punctuation and symbols, without what is
 * default-ignorable or a conjoining Jamo.
 */
const freeform =
  /^[[\p{L}\p{M}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u1100-\u11FF\uA960-\uA97F\uD7B0-\uD7FF]]+$/v;

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
  return withEmojiSelectors(
    text
      // RFC 8266 section 2.1, additional mapping rule: spaces become U+0020, none at the ends, one between.
      .replaceAll(/\p{Zs}/gu, ' ')
      .replaceAll(/^ +| +$/g, '')
      .replaceAll(/ {2,}/g, ' ')
      .normalize('NFKC'),
  );
}

/**
 * Keeps U+FE0F inside the emoji that Unicode recommends for interchange (RGI), adds it to their sequences where a keyboard
 * left it out, and removes it and U+FE0E elsewhere, because there they are invisible.
 */
function withEmojiSelectors(text: string): string {
  if (!/\u200D|\uFE0E|\uFE0F|\u20E3/.test(text)) return text;
  return text
    .replaceAll(emojiSequence, (sequence) => {
      const whole = fullyQualified(sequence);
      return isEmoji.test(whole) ? whole : sequence;
    })
    .replaceAll(/\p{RGI_Emoji}|[\uFE0E\uFE0F]/gv, (part) => (/^[\uFE0E\uFE0F]$/.test(part) ? '' : part));
}

/** Emoji with joiners between them, or a keycap, with or without the selectors. */
const emojiSequence =
  /(?:\p{Emoji}[\p{Emoji_Modifier}\uFE0F]?)(?:\u200D\p{Emoji}[\p{Emoji_Modifier}\uFE0F]?)+|[0-9*#]\uFE0F?\u20E3/gu;
const isEmoji = /^\p{RGI_Emoji}$/v;

/** Adds U+FE0F after each character that is a text by default (UTS 51 section 2.7.1), unless a skin tone follows. */
function fullyQualified(sequence: string): string {
  return sequence
    .replaceAll('\uFE0F', '')
    .replaceAll(
      /[\p{Emoji}--\p{Emoji_Presentation}](?!\p{Emoji_Modifier})/gv,
      (character) => `${character}\uFE0F`,
    );
}
