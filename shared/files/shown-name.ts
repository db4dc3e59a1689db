import { lookAlikeKeys } from '../look-alikes.ts';
import { withoutPicture } from '../text/characters.ts';
import { sequences } from '../text/sequences.ts';
import { isRunnable, knownExtensions } from './extensions.ts';
import { bounded, extensionOf, safeEntryName } from './names.ts';

/** What a user sees of the name of a file that another user sent. */
export interface ShownFileName {
  /** The name, with each character that hides or reorders others as its number: `invoice[U+202E]fdp.exe`. */
  readonly text: string;
  /** The extension by which a system would open the saved file, in lower case and without its dot. Empty without one. */
  readonly extension: string;
  readonly warning?: FileNameWarning;
}

/**
 * `runs`: a system runs or installs such a file when the user opens it. `look-alike-extension`: the extension only looks like one that
 * the user knows. `hidden-characters`: the name has characters that show nothing or change the order of others. A name of which several
 * are true has the first of these warnings.
 */
export type FileNameWarning = 'runs' | 'look-alike-extension' | 'hidden-characters';

/**
 * Takes any text, also a name that `checkFileName` refuses. The text can have letters from right to left, so a page shows it apart from the
 * words around it.
 */
export function shownFileName(name: string): ShownFileName {
  const text = shownText(name);
  const extension = extensionOf(safeEntryName(name));
  const warning = warningOf(name, extension);
  return warning === undefined ? { text, extension } : { text, extension, warning };
}

function warningOf(name: string, extension: string): FileNameWarning | undefined {
  if (isRunnable(extension)) return 'runs';
  if (looksLikeKnown(extension)) return 'look-alike-extension';
  return withHiddenMarked(bounded(name)) === bounded(name) ? undefined : 'hidden-characters';
}

/** Spaces are one, as a page shows them: many of them would push the extension out of the line. */
function shownText(name: string): string {
  return withHiddenMarked(bounded(name).toWellFormed())
    .replaceAll(/\p{White_Space}+/gu, ' ')
    .trim();
}

function withHiddenMarked(name: string): string {
  return name.replaceAll(sequenceOrHidden, (part, sequence: string | undefined) =>
    sequence === undefined
      ? `[U+${(part.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`
      : part,
  );
}

/** What belongs to an emoji or a script stays as it is. */
const sequenceOrHidden = new RegExp(
  String.raw`(${sequences}|\p{Emoji}[\uFE0E\uFE0F])|[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\u2028\u2029${withoutPicture}]`,
  'gv',
);

/** Extensions are ASCII. Letters of other scripts, wide letters and signs like dots only imitate them. */
function looksLikeKnown(extension: string): boolean {
  if (/^[ -~]*$/.test(extension)) return false;
  const compatible = extension.normalize('NFKC').toLowerCase();
  return [...lookAlikeKeys(compatible)].some((key) => keysOfKnown.has(key.slice(key.lastIndexOf('.') + 1)));
}

const keysOfKnown: ReadonlySet<string> = new Set(
  knownExtensions.flatMap((extension) => [...lookAlikeKeys(extension)]),
);
