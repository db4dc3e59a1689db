import { caseFolded, nameContains } from '../case-folding.ts';
import { chatNameBytesMax, chatNameCodePointsMax } from '../limits.ts';

/**
 * The name of a chat in its beacon. A reader refuses what could hide, turn or break the line that shows it (PROTOCOL 11.12).
 * An empty name is allowed: the list then shows the address alone.
 */
export function isChatName(text: string): boolean {
  if (text === '') return true;
  if (text !== text.normalize('NFC') || text !== text.trim() || text.includes('  ')) return false;
  if ([...text].length > chatNameCodePointsMax) return false;
  if (new TextEncoder().encode(text).length > chatNameBytesMax) return false;
  return !hidden.test(text);
}

/** Makes a name of any text, such as the name of this computer. Empty where nothing is left of it. */
export function toChatName(text: string): string {
  const line = text
    .slice(0, rawUnitsMax)
    .normalize('NFC')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(new RegExp(hidden, 'gu'), '');
  let name = [...line].slice(0, chatNameCodePointsMax).join('').trim();
  while (!isChatName(name)) name = [...name].slice(0, -1).join('').trim();
  return name;
}

/**
 * Whether a name tells the nickname of a user (PROTOCOL 11.12): `alices-laptop` tells `Alice`. A nickname of one or two letters is in
 * many words, so it counts only as a word of its own.
 */
export function tellsNickname(name: string, nickname: string): boolean {
  // The names of computers seldom have marks: `zoes-pc` tells `Zoë`.
  const plain = nickname.normalize('NFD').replaceAll(/\p{Mn}/gu, '');
  if ([...plain].length > 2) return nameContains(name, plain) || nameContains(name, nickname);
  const words = caseFolded(name).split(/[^\p{L}\p{M}\p{N}]+/u);
  return words.includes(caseFolded(nickname));
}

export function chatNameToBytes(name: string): Uint8Array {
  if (!isChatName(name)) throw new RangeError('not a name of a chat');
  return new TextEncoder().encode(name);
}

/** Undefined for bytes that are not the name of a chat. */
export function chatNameFromBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length > chatNameBytesMax) return undefined;
  try {
    const name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return isChatName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Controls, format characters, private use, lone surrogates, line ends, spaces other than U+0020, and marks that cannot be seen. */
const hidden =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}|\u2800|\u{1D159}/u;
/** Longer texts get no work. */
const rawUnitsMax = chatNameCodePointsMax * 18;
