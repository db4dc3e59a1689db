import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRichText, previewOf, type Block, type Inline } from './rich-text.ts';

const inlines = (text: string): readonly Inline[] =>
  parseRichText(text).flatMap((block) => (block.kind === 'paragraph' ? block.inlines : []));
const text = (value: string): Inline => ({ kind: 'text', text: value });

function linksOf(nodes: readonly Inline[]): string[] {
  return nodes.flatMap((node) =>
    'inlines' in node ? linksOf(node.inlines) : node.kind === 'link' ? [node.href] : [],
  );
}
const allLinks = (blocks: readonly Block[]) =>
  blocks.flatMap((block) => (block.kind === 'paragraph' ? linksOf(block.inlines) : []));

describe('UI 15: a little Markdown', () => {
  it('has bold, italic, strikethrough and code', () => {
    expect(inlines('a **b** _c_ ~~d~~ `e < f`')).toEqual([
      text('a '),
      { kind: 'strong', inlines: [text('b')] },
      text(' '),
      { kind: 'emphasis', inlines: [text('c')] },
      text(' '),
      { kind: 'deleted', inlines: [text('d')] },
      text(' '),
      { kind: 'code', text: 'e < f' },
    ]);
  });

  it('leaves the text of a code block untouched', () => {
    expect(parseRichText('look:\n```ts\nconst **a** = "<b>";\n\n  b();\n```\nso')).toEqual([
      { kind: 'paragraph', inlines: [text('look:')] },
      { kind: 'code', text: 'const **a** = "<b>";\n\n  b();' },
      { kind: 'paragraph', inlines: [text('so')] },
    ]);
  });

  it('shows a fence that never closes as text', () => {
    expect(parseRichText('```\nhello')[0]?.kind).toBe('paragraph');
  });

  it('keeps lines, and shows headings, lists, quotes and tables as typed', () => {
    for (const typed of [
      '# not\na heading',
      '- a\n- b',
      '> who',
      '| a |\n|---|\n| b |',
      '1. one',
      '---',
      '    four',
    ]) {
      expect(inlines(typed), typed).toEqual([text(typed)]);
    }
  });

  it('shows an escaped mark as the mark', () => {
    expect(inlines('2 \\* 3')).toEqual([text('2 * 3')]);
  });
});

describe('UI 15: links are links', () => {
  it('links web and mail addresses', () => {
    expect(inlines('see https://example.org/a_b_c?x=1&y=2, ok')).toEqual([
      text('see '),
      { kind: 'link', href: 'https://example.org/a_b_c?x=1&y=2', text: 'https://example.org/a_b_c?x=1&y=2' },
      text(', ok'),
    ]);
    expect(allLinks(parseRichText('<http://10.0.0.1:8080/x> www.example.org me@example.org'))).toEqual([
      'http://10.0.0.1:8080/x',
      'http://www.example.org',
      'mailto:me@example.org',
    ]);
  });

  it('never shows a link with a text that differs from its address', () => {
    const typed = '[your bank](https://evil.example)';
    expect(inlines(typed).some((node) => node.kind === 'link' && node.text !== node.href)).toBe(false);
  });
});

describe('UI 15: message text never becomes markup or script', () => {
  const nasty = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<b>bold</b> &lt; &amp; &#x3c;',
    '<style>*{display:none}</style>',
    '<!-- x --><![CDATA[ y ]]>',
    '![x](https://example.org/track.png)',
    '[x](javascript:alert(1))',
    '[x]: javascript:alert(1)',
    '</div></article>',
  ];

  it.each(nasty)('shows %s as typed', (typed) => {
    const shown = inlines(typed)
      .map((node) => ('text' in node ? node.text : ''))
      .join('');
    expect(shown).toBe(typed);
  });

  it.each([
    'javascript:alert(1)',
    '<javascript:alert(1)>',
    '<JaVaScRiPt:alert(1)>',
    '[a](javascript:alert(1))',
    '[a](java\nscript:alert(1))',
    '<data:text/html,<script>alert(1)</script>>',
    '<vbscript:x>',
    '<file:///etc/passwd>',
    'ftp://example.org',
    '![a](javascript:alert(1))',
    '[a][b]\n\n[b]: javascript:alert(1)',
  ])('%s links nowhere', (typed) => {
    expect(allLinks(parseRichText(typed))).toEqual([]);
  });

  it('links only to the web or to mail and never throws, whatever is typed', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '[',
      ']',
      '(',
      ')',
      '*',
      '_',
      '`',
      '~',
      '\n',
      '!',
      '\\',
      'a',
      ' ',
      ':',
      '/',
      'http://',
      'javascript:',
      'www.',
      '```\n',
      'x@y.z',
      '&#106;',
      '"',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        for (const href of allLinks(parseRichText(parts.join(''))))
          expect(href).toMatch(/^(https?:\/\/|mailto:)/i);
      }),
      { numRuns: 500 },
    );
  });
});

describe('UI 27: no character of a message vanishes', () => {
  const shownOf = (nodes: readonly Inline[]): string =>
    nodes.map((node) => ('inlines' in node ? shownOf(node.inlines) : node.text)).join('');
  const withoutMarks = (characters: string) => characters.replaceAll(/[*_~`\\\s]/g, '');

  it('except the marks of Markdown, whatever is typed', () => {
    const marks = ['*', '**', '_', '~~', '`c', '```\n', '\\', '\n', ' '];
    const likeMarkup = [
      '<',
      '<b ',
      '&amp;',
      '&#106;',
      '[',
      '](',
      ')',
      '![',
      '# ',
      '- ',
      '1. ',
      '| ',
      '"',
      '$',
    ];
    const words = ['a', 'Č', '🦊', '👩‍🚀', 'مريم', '\u{301}', '\u{ad}', '\0'];
    const links = ['http://', 'https://a.example/?b=c&d', 'www.', 'x@y.z'];
    const pieces = fc.constantFrom(...marks, ...likeMarkup, ...words, ...links);
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const typed = parts.join('');
        const shown = parseRichText(typed)
          .map((block) => (block.kind === 'code' ? block.text : shownOf(block.inlines)))
          .join('');
        expect(withoutMarks(shown)).toBe(withoutMarks(typed));
      }),
      { numRuns: 500 },
    );
  });

  it('and lines and repeated spaces stay as typed', () => {
    expect(inlines('one  two\n\n\n   three\tfour')).toEqual([text('one  two\n\n\n   three\tfour')]);
  });
});

describe('UI 28: no text breaks or freezes the page', () => {
  it.each(['*', '_', '`', '[', '<', '**_', '~', '\\', '[a](', '![', 'http://', '<a '])(
    '16 KiB of %s are parsed to the end, into a tree of at most 7 levels',
    (piece) => {
      const depth = (nodes: readonly Inline[]): number =>
        Math.max(0, ...nodes.map((node) => ('inlines' in node ? 1 + depth(node.inlines) : 0)));
      const typed = piece.repeat(Math.floor((16 * 1024) / piece.length));
      expect(depth(inlines(typed))).toBeLessThanOrEqual(7);
    },
  );
});

it('the preview in the list of contacts is one line without marks', () => {
  expect(previewOf('**Hello**\n_there_ `x`\n```\ncode\n```')).toBe('Hello there x code');
});
