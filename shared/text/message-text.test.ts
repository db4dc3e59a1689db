import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageTextBytesMax } from '../limits.ts';
import { textBytes } from '../message.ts';
import { isBlank } from './characters.ts';
import { hostileTexts } from './hostile-texts.ts';
import { drawnMarksMax, parseMessageText, plainMessageText, type Span } from './message-text.ts';

const spansOf = (text: string): Span[] => parseMessageText(text).blocks.flatMap(({ lines }) => lines.flat());
const joined = (spans: readonly Span[]): string => spans.map((span) => span.text).join('');
const links = (text: string): string[] =>
  spansOf(text).flatMap((span) => (span.kind === 'link' ? [span.text] : []));

/**
 * Writes a text as it is drawn: `{b:...}`, `{i:...}`, `{d:...}` for styles, `{c:...}` for code, `{a:...}` for addresses,
 * `{l:...}` for labels. Marks are left out.
 */
function drawn(text: string): string {
  return spansOf(text)
    .map((span) => {
      if (span.kind === 'mark') return '';
      if (span.kind === 'label') return `{l:${span.text}}`;
      if (!('styles' in span)) return span.text;
      const { strong, emphasis, deleted } = span.styles;
      const code = { text: '', code: 'c', link: 'a' }[span.kind];
      const style = `${strong ? 'b' : ''}${emphasis ? 'i' : ''}${deleted ? 'd' : ''}${code}`;
      return style === '' ? span.text : `{${style}:${span.text}}`;
    })
    .join('');
}

function expectDrawn(table: readonly (readonly [text: string, drawn: string])[]): void {
  expect(table.map(([text]) => [text, drawn(text)])).toEqual(table);
}

function expectAsTyped(...texts: readonly string[]): void {
  expectDrawn(texts.map((text) => [text, text]));
}

describe('emphasis', () => {
  it('stands around words', () => {
    expectDrawn([
      ['a *b* c', 'a {i:b} c'],
      ['a _b_ c', 'a {i:b} c'],
      ['a **b** c', 'a {b:b} c'],
      ['a ***b*** c', 'a {bi:b} c'],
      ['a ~~b~~ c', 'a {d:b} c'],
      ['**two words**, (*three*): "_four_"!', '{b:two words}, ({i:three}): "{i:four}"!'],
      ['_snake_case_ and *2*3*', '{i:snake_case} and {i:2*3}'],
      ['**-5** *5%* *#1* *@bob* **$5**', '**-5** {i:5%} {i:#1} {i:@bob} {b:$5}'],
      ['*Is it?* **Yes!**', '{i:Is it?} {b:Yes!}'],
      ['yes—*really*—yes', 'yes—{i:really}—yes'],
      ['*❤️* **👩‍🚀**', '{i:❤️} {b:👩‍🚀}'],
      ['**שלום** *مرحبا*', '{b:שלום} {i:مرحبا}'],
    ]);
  });

  it('nests, and never crosses', () => {
    expectDrawn([
      ['**a _b_ c**', '{b:a }{bi:b}{b: c}'],
      ['**_a_**', '{bi:a}'],
      ['~~**_a_** b~~', '{bid:a}{d: b}'],
      ['*a _b* c_', '{i:a _b} c_'],
      ['*a *b* c*', '{i:a }{i:b}{i: c}'],
    ]);
  });

  it('needs no spaces in a script that has none', () => {
    expectDrawn([
      ['这是**重点**吗', '这是{b:重点}吗'],
      ['**重点**。', '{b:重点}。'],
      ['「*重点*」', '「{i:重点}」'],
      ['Linux「*重点*」', 'Linux「{i:重点}」'],
      ['サッカー*大好き*・*野球*', 'サッカー{i:大好き}・{i:野球}'],
      ['ที่*สำคัญ*มาก', 'ที่{i:สำคัญ}มาก'],
    ]);
  });

  it('stands before the particles of Korean', () => {
    expectDrawn([['*중요*는 **서울(首都)**에서', '{i:중요}는 {b:서울(首都)}에서']]);
    expectAsTyped('네~~반가워~~', '변수_이름_값');
  });

  it('stands beside the punctuation of each language', () => {
    expectDrawn([
      ['*مرحبا*، *كيف*؟ *أهلا؟*', '{i:مرحبا}، {i:كيف}؟ {i:أهلا؟}'],
      ['*नमस्ते*। **कैसे?** *हाँ।*', '{i:नमस्ते}। {b:कैसे?} {i:हाँ।}'],
      ['*اہم*۔ *Անուն*։ *ሰላም*።', '{i:اہم}۔ {i:Անուն}։ {i:ሰላም}።'],
      ['„*a*“ »*a*« ‚*a*‘ ”*a*” « *a* » ״*א*״', '„{i:a}“ »{i:a}« ‚{i:a}‘ ”{i:a}” « {i:a} » ״{i:א}״'],
      ['*„a“* *»a«* *—Hola* *…a* **§ 5** *C#*', '{i:„a“} {i:»a«} {i:—Hola} {i:…a} {b:§ 5} {i:C#}'],
    ]);
  });

  it('stands beside emoji', () => {
    expectDrawn([
      ['*ok*👍 ✅**done**✅', '{i:ok}👍 ✅{b:done}✅'],
      ['🇩🇪*ja*! 7️⃣*a*', '🇩🇪{i:ja}! 7️⃣{i:a}'],
      ['👋🏽*hi*👩‍🚀', '👋🏽{i:hi}👩‍🚀'],
    ]);
  });

  it('is nothing that programs, paths, sums and faces contain', () => {
    expectAsTyped(
      '__init__.py and __main__',
      '_init_.py',
      '2*3*4',
      '2 * 3 * 4',
      '10~20 and 30~40',
      'snake_case_name',
      '\\\\fileserver\\share',
      'C:\\_old\\*.txt',
      'C:\\_old\\*.txt and D:\\_new\\*.doc',
      '¯\\_(ツ)_/¯',
      '\\d+\\.\\d+',
      '2 \\* 3 \\* 4',
      'src/**/*.ts test/**/*.ts',
      'rm *.o build/*',
      'f(*args, **kwargs)',
      'f(*a, b*)',
      '/* comment */',
      'int *p, *q;',
      '*_* ^_^ >_< -_- T_T',
      '笑*_*笑 👍*_*👍',
      '笑*_*笑~~_~~笑',
      '****a****',
      '* *',
      '** a **',
      '**',
      '*not\nhere*',
      'a_b_c~~d~~e',
    );
  });

  it('does not hide marks around nothing that can be seen', () => {
    expectAsTyped('*\u200b*', '**\u200b**', '*\u2800*', '_\u00ad_', '*\u0301a*', '**__**');
  });

  it('keeps its styles in code and addresses', () => {
    expectDrawn([
      ['**a `b` c**', '{b:a }{bc:b}{b: c}'],
      ['*http://a.b/c_d_e*', '{ia:http://a.b/c_d_e}'],
    ]);
  });
});

describe('code', () => {
  it('stands between equal runs of backticks, and nothing in it is a mark', () => {
    expectDrawn([
      ['a `b < *c*` d', 'a {c:b < *c*} d'],
      ['``a ` b``', '{c:a ` b}'],
      ['```one line```', '{c:one line}'],
      ['` a `', '{c: a }'],
      ['`a`b`', '{c:a}b`'],
      ['`http://a.b`', '{c:http://a.b}'],
      ['看`code`吧', '看{c:code}吧'],
    ]);
  });

  it('goes over lines with its line breaks, but not over a blank line', () => {
    expectDrawn([
      ['x `a\nb` y', 'x {c:a}\n{c:b} y'],
      ['> `a\n> b`', '{c:a}\n{c:b}'],
    ]);
    expectAsTyped('`a\n\nb`', '`a', 'a``', 'don`t say won`t', '` `', '`\u200b`');
  });

  it('is a block between lines of backticks, with all its lines and spaces', () => {
    expectDrawn([
      [
        'look:\n```\nconst **a** = "<b>";\n\n  b();\n```\nso',
        'look:\n{c:const **a** = "<b>";}\n\n{c:  b();}\nso',
      ],
      ['```ts\na\n```', '{l:ts}\n{c:a}\n'],
      ['```const a = 1;\nconst b = 2;\n```', '{c:const a = 1;}\n{c:const b = 2;}\n'],
      ['```\r\na\r\nb\r\n```', '{c:a}\r\n{c:b}\r\n'],
      ['```\na\nb```', '{c:a}\n{c:b}'],
      ['  ```\na\n  ```  \n', '{c:a}\n'],
      ['````\n```\n````', '{c:```}\n'],
    ]);
  });

  it('is no block without a closing line, or around nothing', () => {
    expectAsTyped('```\nhello', '```\n```', '```\n \n```', '```ts\n\n```', '````\n```');
    expectDrawn([['```ts\n```', '{c:ts}\n']]);
  });
});

describe('lines', () => {
  it('end at each character that ends a line in Unicode', () => {
    const text = 'a\nb\r\nc\rd\ve\ff\u0085g\u2028- h\u2029> i';
    const { blocks } = parseMessageText(text);
    expect(blocks.map(({ kind, lines }) => [kind, lines.length])).toEqual([
      ['paragraph', 7],
      ['list', 1],
      ['quote', 1],
    ]);
    expect(spansOf(text).flatMap((span) => (span.kind === 'end' ? [span.text] : []))).toEqual([
      '\n',
      '\r\n',
      '\r',
      '\v',
      '\f',
      '\u0085',
      '\u2028',
      '\u2029',
    ]);
  });
});

describe('lists and quotes', () => {
  const kinds = (text: string) =>
    parseMessageText(text).blocks.map(({ kind, lines }) => [kind, lines.length]);

  it('show the sign of a list item as typed', () => {
    const list = '- a\n* b\n  + c\n1. d\n22) e';
    expectAsTyped(list);
    expect(kinds(list)).toEqual([['list', 5]]);
    expect(drawn('* a *b* c')).toBe('* a {i:b} c');
    expect(kinds('-a\n1.5\n2026. a\n- \n---\n1.')).toEqual([['paragraph', 6]]);
  });

  it('hide the sign of a quote', () => {
    expectDrawn([['> a\n>\n> b *c*\nd', 'a\n\nb {i:c}\nd']]);
    expect(kinds('> a\n>\n> b\nd\n> e')).toEqual([
      ['quote', 3],
      ['paragraph', 1],
      ['quote', 1],
    ]);
    expectAsTyped('>', '> ', '>\n> ', '> \u200b', '>:(', '>>> print(1)', ' > a', '>a');
  });
});

describe('addresses', () => {
  it('end where the address ends, not with the sentence', () => {
    const table: readonly (readonly [string, readonly string[]])[] = [
      ['see https://example.org/a_b_c?x=1&y=2, ok', ['https://example.org/a_b_c?x=1&y=2']],
      ['http://[fd00::7]:5050/', ['http://[fd00::7]:5050/']],
      ['http://[::ffff:10.0.0.1]/x.', ['http://[::ffff:10.0.0.1]/x']],
      [
        '<http://10.0.0.1:8080/x> (http://a.b/c_(d)) [http://a.b]',
        ['http://10.0.0.1:8080/x', 'http://a.b/c_(d)', 'http://a.b'],
      ],
      ['[label](https://a.b/c)**d**', ['https://a.b/c']],
      ['HTTP://LOCALHOST:80/#a!?', ['HTTP://LOCALHOST:80/#a']],
      ['http://a.b: http://c.d; "http://e.f/"', ['http://a.b', 'http://c.d', 'http://e.f/']],
      ['请看https://example.org/a谢谢', ['https://example.org/a']],
      [
        'http://example.org谢谢 http://example.org。谢谢 http://example.org/，',
        ['http://example.org', 'http://example.org', 'http://example.org/'],
      ],
      [
        'http://例え.jp/a http://пример.рф/путь https://de.example/Käse',
        ['http://例え.jp/a', 'http://пример.рф/путь', 'https://de.example/Käse'],
      ],
      ['https://example.org/a를 http://example.org는', ['https://example.org/a', 'http://example.org']],
      [
        'http://ar.example/wiki/القاهرة، http://hi.example/हिन्दी। http://ka.example/ა',
        ['http://ar.example/wiki/القاهرة', 'http://hi.example/हिन्दी', 'http://ka.example/ა'],
      ],
      ['http://a.b/\u202egpj.exe', ['http://a.b/']],
      ['http://a.b\\c@d.e http://a.b\\c', ['http://a.b']],
      ['http://a.b/c http://d_e-f.g/', ['http://a.b/c', 'http://d_e-f.g/']],
      ['http://a.b/@c mailto:x@y.z', ['http://a.b/@c']],
    ];
    expect(table.map(([text]) => [text, links(text)])).toEqual(table);
  });

  it.each([
    'http://google.com@evil.example/',
    'http://user:password@evil.example/',
    'http://a.b:80@evil.example',
    'http://a.b\\@evil.example',
    'http://',
    'http://.a',
    'http://[::1',
    'http://[1]/',
    'http://a:99999/',
    'http://a:0000080/',
    'xhttp://a.b',
    'http:/a.b',
    'ftp://a.b',
    'www.example.org',
    'me@example.org',
    'javascript:alert(1)',
    'data:text/html,a',
    'file:///etc/passwd',
    'http://%61.b/',
    'http://\u202ea.b',
  ])('do not begin at %s', (text) => {
    expect(links(text)).toEqual([]);
  });
});

describe('every character of a message is shown or hidden, in its place', () => {
  it.each([
    '   indented\n\n\n  two  spaces\t\n',
    '<script>alert(1)</script>',
    '[your bank](https://evil.example)',
    '# a\n---\n| a |\n|---|\n| b |',
    '\r\r\n\n\u2028\u2029\u0085',
    '',
  ])('%j', (text) => {
    expect(joined(spansOf(text))).toBe(text);
  });

  it('whatever the text is, in at most 16 steps for each byte', () => {
    const parts = fc.oneof(
      fc.constantFrom(...Array.from('*_~`>-+.)( \n\r\t\\"\'@:/[]#!?1ab谢。é')),
      fc.constantFrom(
        '**',
        '***',
        '~~',
        '``',
        '```',
        '\n```\n',
        '\r\n',
        '> ',
        '- ',
        '1. ',
        'http://',
        'https://a.b/',
      ),
      fc.constantFrom(
        '\u{301}',
        '\u{200b}',
        '\u{200d}',
        '\u{fe0f}',
        '\u{2800}',
        '\u{202e}',
        '👩‍🚀',
        'שלום',
        '\ud83d',
        '\0',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 60 }), (each) => {
        const text = each.join('');
        const { blocks, steps } = parseMessageText(text);
        const spans = blocks.flatMap(({ lines }) => lines.flat());
        expect(joined(spans)).toBe(text);
        expect(spans.every((span) => span.text !== '')).toBe(true);
        expect(steps).toBeLessThanOrEqual(16 * textBytes(text));
        for (const line of blocks.flatMap(({ lines }) => lines))
          expect(line.slice(0, -1).some((span) => /[\n\r]$/.test(span.text))).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('and something of it can be seen, if something of the message can', () => {
    const parts = fc.constantFrom(
      ...Array.from('*_~`>- \na'),
      '**',
      '~~',
      '```',
      '\n```\n',
      '> ',
      '\u200b',
      '\u0301',
      '\u2800',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (each) => {
        const text = each.join('');
        const shown = spansOf(text).filter(({ kind }) => kind !== 'mark' && kind !== 'label');
        expect(isBlank(joined(shown))).toBe(isBlank(text));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('UI 28: no text breaks or freezes the page', () => {
  it.each([...hostileTexts])('%s takes at most 16 steps for each byte', (_, text) => {
    const { blocks, steps } = parseMessageText(text);
    expect(textBytes(text)).toBeGreaterThan(messageTextBytesMax / 2 - 1);
    expect(textBytes(text)).toBeLessThanOrEqual(messageTextBytesMax);
    expect(steps).toBeLessThanOrEqual(16 * textBytes(text));
    expect(blocks.flatMap(({ lines }) => lines.map(joined)).join('')).toBe(text);
  });

  it('a text with more marks than a page should draw is shown as typed', () => {
    const marked = '*a* '.repeat(drawnMarksMax / 2);
    expect(drawn(marked)).toBe('{i:a} '.repeat(drawnMarksMax / 2));
    expectAsTyped(`${marked}*a*`);
    expect(plainMessageText('> *a*\n')).toMatchObject({ blocks: [{ kind: 'paragraph', lines: [{}] }] });
  });
});
