import { Lexer, Tokenizer, type Token } from 'marked';

/**
 * Message text as a small tree. The components draw it as text nodes, so message text is never parsed as HTML and
 * needs no sanitizing (docs/decisions/0012-message-text.md).
 */
export type Block =
  | { readonly kind: 'paragraph'; readonly inlines: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string };

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly href: string; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis' | 'deleted'; readonly inlines: readonly Inline[] };

/** Emphasis nested deeper than this is shown as typed: a tree of 8,000 levels would crash the tab. */
const depthMax = 6;

export function parseRichText(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let rest = 0;
  for (const fence of text.matchAll(fences)) {
    pushParagraph(blocks, text.slice(rest, fence.index));
    blocks.push({ kind: 'code', text: fence[1] ?? '' });
    rest = fence.index + fence[0].length;
  }
  pushParagraph(blocks, text.slice(rest));
  return blocks;
}

/** Returns one line without marks, for the list of contacts. */
export function previewOf(text: string): string {
  const plain = parseRichText(text.slice(0, 400)).map((block) =>
    block.kind === 'code' ? block.text : plainText(block.inlines),
  );
  return plain.join(' ').replaceAll(/\s+/g, ' ').trim().slice(0, 160);
}

/** Three backticks on a line of their own, optionally with a language, up to the next such line. */
const fences = /^```[ \t]*[\w+#.-]*[ \t]*\n([\s\S]*?)\n?^```[ \t]*$\n?/gm;

function pushParagraph(blocks: Block[], text: string): void {
  const trimmed = text.replace(/^\n+/, '').trimEnd();
  if (trimmed === '') return;
  blocks.push({ kind: 'paragraph', inlines: parseInlines(trimmed) });
}

/** Allows only the Markdown that a chat needs: no HTML, no images, and no link with a text that differs from its address. */
class ChatTokenizer extends Tokenizer {
  override tag(): undefined {}
  override link(): undefined {}
  override reflink(): undefined {}
  override br(): undefined {}
}

function parseInlines(text: string): readonly Inline[] {
  return merge(
    new Lexer({ gfm: true, tokenizer: new ChatTokenizer() }).inlineTokens(text).flatMap(inlineOf(0)),
  );
}

function inlineOf(depth: number): (token: Token) => readonly Inline[] {
  return (token) => {
    switch (token.type) {
      case 'strong':
        return nested('strong', token, depth);
      case 'em':
        return nested('emphasis', token, depth);
      case 'del':
        return nested('deleted', token, depth);
      case 'codespan':
        return [{ kind: 'code', text: textOf(token) }];
      case 'escape':
        return [{ kind: 'text', text: textOf(token) }];
      case 'link':
        return linkOf(token);
      default:
        return [{ kind: 'text', text: token.raw }];
    }
  };
}

function nested(kind: 'strong' | 'emphasis' | 'deleted', token: Token, depth: number): readonly Inline[] {
  if (depth >= depthMax || !('tokens' in token)) return [{ kind: 'text', text: token.raw }];
  return [{ kind, inlines: merge((token.tokens ?? []).flatMap(inlineOf(depth + 1))) }];
}

function textOf(token: Token): string {
  return 'text' in token && typeof token.text === 'string' ? token.text : token.raw;
}

/** Schemes that a click may follow. Other links stay text. */
const followable = /^(?:https?:\/\/[^\s/]|mailto:[^\s@]+@)/i;

function linkOf(token: Token): readonly Inline[] {
  if (!('href' in token) || typeof token.href !== 'string' || !followable.test(token.href)) {
    return [{ kind: 'text', text: token.raw }];
  }
  return [{ kind: 'link', href: token.href, text: textOf(token) }];
}

/** Joins neighbouring texts: the lexer cuts text at every character that could be a mark. */
function merge(inlines: readonly Inline[]): readonly Inline[] {
  const merged: Inline[] = [];
  for (const inline of inlines) {
    const last = merged.at(-1);
    if (inline.kind === 'text' && last?.kind === 'text') {
      merged[merged.length - 1] = { kind: 'text', text: last.text + inline.text };
    } else merged.push(inline);
  }
  return merged;
}

function plainText(inlines: readonly Inline[]): string {
  return inlines.map((inline) => ('inlines' in inline ? plainText(inline.inlines) : inline.text)).join('');
}
