/** What a message shows and hides. The texts of all spans, in order, are the message (docs/MESSAGE-TEXT.md). */
export interface MessageText {
  readonly blocks: readonly Block[];
  /** The work that it took, in turns of loops. At most 16 for each byte of the text. */
  readonly steps: number;
}

/** Neighbouring lines of one kind. */
export interface Block {
  readonly kind: 'paragraph' | 'quote' | 'list' | 'code';
  readonly lines: readonly Line[];
}

export type Line = readonly Span[];

export type Span =
  | { readonly kind: 'text' | 'code' | 'link'; readonly text: string; readonly styles: Styles }
  /** Hidden: asterisks, backticks, the sign of a quote. */
  | { readonly kind: 'mark'; readonly text: string }
  /** The indentation and the sign of a list item, and the word beside the backticks of a code block. Both are shown. */
  | { readonly kind: 'bullet'; readonly text: string }
  | { readonly kind: 'label'; readonly text: string }
  /** CR LF, or one of the characters that end a line (docs/MESSAGE-TEXT.md, "Lines"). */
  | { readonly kind: 'end'; readonly text: string };

export interface Styles {
  readonly strong: boolean;
  readonly emphasis: boolean;
  readonly deleted: boolean;
}

export const plain: Styles = { strong: false, emphasis: false, deleted: false };

const combinations = new Map<number, Styles>([[0, plain]]);

/** Returns the one object for these styles, so that equal styles are identical. */
export function stylesOf(strong: boolean, emphasis: boolean, deleted: boolean): Styles {
  const bits = (strong ? 1 : 0) | (emphasis ? 2 : 0) | (deleted ? 4 : 0);
  const known = combinations.get(bits);
  if (known !== undefined) return known;
  const styles = { strong, emphasis, deleted };
  combinations.set(bits, styles);
  return styles;
}
