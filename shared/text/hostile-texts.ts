import { messageTextBytesMax } from '../limits.ts';

/**
 * Texts of the largest size, each of a family that has cost some parser of messages more than linear time, or its stack.
 * Tests count the steps that they take, and `npm run bench:text` measures their time.
 */
export const hostileTexts: ReadonlyMap<string, string> = new Map([
  ['stars around a letter', `${'*'.repeat(4_096)}a${'*'.repeat(4_096)}`],
  ['underscores around a letter', `${'_'.repeat(4_096)}a${'_'.repeat(4_096)}`],
  ['openers, then other closers', '*a '.repeat(2_700) + 'b* '.repeat(2_700)],
  ...[
    '**a_',
    '*a_',
    '_a*',
    '.*a',
    '**_',
    '*',
    '_',
    '~',
    '`',
    '*a',
    'a*',
    '*a*',
    '**a** ',
    '*a **b ',
    '_a ~~b **c ',
    'a_ b~~ c** ',
    '("*a*") ',
    '("',
    '*a*)',
    '.'.repeat(50) + '*',
    '` `` ``` ',
    '`\n',
    '`a\n',
    '```\n',
    '```a\n',
    '``` a\n',
    '```\n\n',
    'a```\n',
    '   ```\n',
    '> ',
    '>\n',
    '> `\n',
    '- ',
    '- a\n',
    '1. ',
    '999) `\n',
    '\n',
    '\r',
    '\r\n',
    ' ',
    '\t\n',
    'http://',
    'http://a',
    'http://a ',
    'http://a.b/(',
    'http://a.b/)',
    'http://a:1',
    'http://a,',
    'http://[::1]',
    'http://[:',
    'hhttp:/',
    'http://a.',
    '[a](',
    '![',
    '<a ',
    '\\',
    '&amp;',
    '\u{301}',
    'e\u{301}',
    '\u{200b}',
    '\u{202e}',
    '谢',
    '*谢*',
    '。*谢',
    '…*',
    '“*a*”',
    '👍*a*',
    '한*_',
    '👩‍🚀',
    '*👩‍🚀* ',
    'שלום\n',
    '\ud83d',
    '\udc00',
    '\0',
  ].map((family): [string, string] => [JSON.stringify(family), fill(family)]),
  ['backticks of falling lengths', falling((length) => `${'`'.repeat(length)}\n`)],
  ['backticks of falling lengths on one line', falling((length) => `${'`'.repeat(length)} `)],
  ['backticks of rising lengths on one line', rising((length) => `${'`'.repeat(length)} `)],
  ['fences of rising lengths', rising((length) => `${'`'.repeat(length + 3)}\n`)],
  ['stars of rising lengths', rising((length) => `${'*'.repeat(length)}a `)],
  ['one long word', 'a'.repeat(messageTextBytesMax)],
  ['one long path', `http://a/${'a'.repeat(messageTextBytesMax - 9)}`],
  ['one path of full stops', `http://a/${'.'.repeat(messageTextBytesMax - 9)}`],
  ['a code block of empty lines', `\`\`\`\n${'\n'.repeat(messageTextBytesMax - 8)}\`\`\``],
  ['code of spaces', `\`${' '.repeat(messageTextBytesMax - 2)}\``],
]);

/** Repeats a family up to the limit, in bytes of UTF-8. */
function fill(family: string): string {
  return family.repeat(Math.floor(messageTextBytesMax / new TextEncoder().encode(family).length));
}

function rising(part: (length: number) => string): string {
  let text = '';
  for (let length = 1; text.length + length + 4 < messageTextBytesMax; length++) text += part(length);
  return text;
}

function falling(part: (length: number) => string): string {
  let text = '';
  for (let length = 178; length > 0; length--) text += part(length);
  return text;
}
