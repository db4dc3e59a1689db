import { describe, expect, it } from 'vitest';
import { bob } from '../../../shared/model/samples.ts';
import {
  drawText,
  flowsOf,
  foldedRows,
  mentionPieces,
  previewOf,
  unfoldedRowsMax,
  viewAddress,
} from './drawn-text.ts';

const drawnLines = (text: string, unfolded: boolean): string[] =>
  drawText(text, unfolded).blocks.flatMap(({ lines }) =>
    lines.map((line) => line.map((span) => span.text).join('')),
  );

describe('UI 27: a text of very many lines', () => {
  const many = Array.from({ length: 8_000 }, (_, index) => `${index % 10}\n`);

  it('is folded to its first lines until the user unfolds it', () => {
    const text = many.join('');
    expect(drawText(text, false)).toMatchObject({ lineCount: 8_000, folded: true });
    expect(drawnLines(text, false)).toEqual(many.slice(0, foldedRows));
    expect(drawText(text, true)).toMatchObject({ lineCount: 8_000, folded: false });
    expect(drawnLines(text, true)).toEqual(many);
  });

  it('is folded in the middle of a code block, too', () => {
    const { blocks } = drawText(`one\n\`\`\`\n${many.join('')}\`\`\`\n`, false);
    expect(blocks.map(({ kind, lines }) => [kind, lines.length])).toEqual([
      ['paragraph', 1],
      ['code', foldedRows - 1],
    ]);
  });

  it('is not folded where that would save little', () => {
    const text = many.slice(0, unfoldedRowsMax).join('');
    expect(drawText(text, false)).toMatchObject({ lineCount: unfoldedRowsMax, folded: false });
  });
});

describe('UI 27: a text of very long lines', () => {
  it('is folded to its first rows, inside of a text and never inside of an address', () => {
    expect(drawnLines('谢'.repeat(5_461), false)).toEqual(['谢'.repeat(foldedRows * 80)]);
    expect(drawnLines('a\t'.repeat(8_192), false)).toEqual([`${'a\t'.repeat(355)}a`]);
    expect(drawnLines('👍'.repeat(4_000), false)).toEqual(['👍'.repeat((foldedRows * 80) / 2)]);
    expect(drawnLines(`see http://a/${'a'.repeat(9_000)} *b*`, false)).toEqual(['see ']);
    expect(drawnLines(`**${'a '.repeat(4_000)}**`, true)).toEqual([`**${'a '.repeat(4_000)}**`]);
  });

  it('counts the rows of all its lines', () => {
    const paragraph = `${'a'.repeat(799)}\n`;
    expect(drawText(paragraph.repeat(6), false)).toMatchObject({ lineCount: 6, folded: false });
    expect(drawnLines(paragraph.repeat(7), false)).toEqual(Array<string>(4).fill(paragraph));
  });
});

describe('UI 27: the elements of a text', () => {
  const flows = (text: string) => {
    const { blocks } = drawText(text, true);
    return blocks.flatMap((block, index) =>
      flowsOf(block, index === blocks.length - 1).map(({ isHidden, spans, lastEnd }) => [
        isHidden ? 'hidden' : 'shown',
        ...spans.map((span) => span.text),
        ...(lastEnd === '' ? [] : [`end ${lastEnd}`]),
      ]),
    );
  };

  it('are one for neighbouring lines, one for an item, and none that shows the marks of code', () => {
    expect(flows('a\nb\n\nc')).toEqual([['shown', 'a\nb\n\nc']]);
    expect(flows('a *b*\n- c\n- d\n')).toEqual([
      ['shown', 'a ', '*', 'b', '*', 'end \n'],
      ['shown', '- ', 'c', 'end \n'],
      ['shown', '- ', 'd\n'],
    ]);
    expect(flows('a\n```\nb\n\nc\n```\nd')).toEqual([
      ['shown', 'a', 'end \n'],
      ['hidden', '```\n'],
      ['shown', 'b', '\n\n', 'c', 'end \n'],
      ['hidden', '```\n'],
      ['shown', 'd'],
    ]);
  });

  it('keep an empty line at their end', () => {
    expect(flows('a\n\n- b')).toEqual([
      ['shown', 'a\n\n'],
      ['shown', '- ', 'b'],
    ]);
  });
});

describe('UI 15: an address', () => {
  it.each([
    ['http://10.0.0.1:8080/x', null],
    ['http://[fd00::7]:5050/', null],
    ['https://EXAMPLE.org/Käse', null],
    ['http://localhost:80', null],
    ['http://müller.de/', 'xn--mller-kva.de'],
    ['http://ｂank.example/', 'bank.example'],
    ['http://0x7f.1:80/', '127.0.0.1'],
    ['http://3232235777', '192.168.1.1'],
    // Cyrillic letters that look like Latin ones.
    ['https://аррӏе.com/', 'xn--80ak6aa92e.com'],
    ['https://pаypal.com:443/a', 'xn--pypal-4ve.com'],
  ])('%s has the host %s beside it', (address, otherHost) => {
    expect(viewAddress(address)).toEqual({ opens: true, otherHost });
  });

  it.each(['http://', 'http://a b/', 'http://[fd00::7::]/', 'http://user@a.b/', 'javascript:alert(1)'])(
    '%s opens nothing',
    (address) => {
      expect(viewAddress(address)).toEqual({ opens: false });
    },
  );
});

it('the preview in the list of contacts is one line without marks', () => {
  expect(previewOf('> **Hello**\n_there_ `x`\n```ts\n2*3*4\n```\n')).toBe('Hello there x 2*3*4');
});

it('the preview begins with what can be seen, and breaks no emoji', () => {
  expect(previewOf(`${'\u200B\n'.repeat(400)}Hello`)).toBe('Hello');
  expect(previewOf(`${'a'.repeat(159)}👍`)).toBe('a'.repeat(159));
  expect(previewOf(`${'a '.repeat(199)}a👍`)).toBe('a '.repeat(80));
});

it('a text is cut at the people that its message mentions, and at no other name', () => {
  const find = (nickname: string) => (nickname === 'bob' ? bob : undefined);
  const cut = (text: string, room = false) =>
    mentionPieces(text, { find, room }).map(({ text: part, isMention }) => (isMention ? `[${part}]` : part));
  expect(cut('hi @bob, and @carol')).toEqual(['hi ', '[@bob]', ', and @carol']);
  expect(cut('@room: tea')).toEqual(['@room: tea']);
  expect(cut('@room: tea', true)).toEqual(['[@room]', ': tea']);
  expect(cut('')).toEqual([]);
});
