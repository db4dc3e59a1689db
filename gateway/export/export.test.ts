import { describe, expect, it } from 'vitest';
import { bob, carol, contactOf, me, messageOf, withBob } from '../../shared/model/samples.ts';
import type { ChatMessage } from '../../shared/message.ts';
import { hostileTexts } from '../../shared/text/hostile-texts.ts';
import { exportConversation, type ExportedClient } from './conversation-export.ts';
import { exportFileName } from './file-name.ts';
import { escapedLine } from './markdown.ts';
import type { ExportForm } from '../../shared/export-forms.ts';

const nowMs = Date.UTC(2026, 10, 30, 12);

/** A client with these messages, which gives a page of two at a time. */
function clientWith(messages: readonly ChatMessage[], nickname = 'bob'): ExportedClient {
  return {
    historyAfter: (_conversation, after) => {
      const rest = messages.filter(({ position }) => after === null || position.major > after.major);
      return { messages: rest.slice(0, 2), hasMore: rest.length > 2 };
    },
    blockedKeys: () => [carol],
    contacts: () => [contactOf(bob, nickname)],
    rooms: () => [],
    session: () => ({ phase: 'joining', nickname: 'alice', server: { address: '10.0.0.1:50000' } }),
  };
}

async function exported(
  form: ExportForm,
  messages: readonly ChatMessage[],
  nickname?: string,
): Promise<string> {
  const client = clientWith(messages, nickname);
  const file = exportConversation({
    client: () => client,
    me,
    conversation: withBob,
    form,
    nowMs,
    timeZone: 'UTC',
  });
  let text = '';
  for await (const part of file.parts()) text += part;
  return text;
}

const words = (number: number, text: string, change: Partial<ChatMessage> = {}) =>
  messageOf(number, { content: { kind: 'text', text }, ...change });

const forms = ['markdown', 'json', 'page'] as const;

describe('an exported conversation', () => {
  it.each(forms)('has all messages in order: %s', async (form) => {
    const text = await exported(
      form,
      [1, 2, 3, 4, 5].map((number) => words(number, `number ${number}`)),
    );
    const places = [1, 2, 3, 4, 5].map((number) => text.indexOf(`number ${number}`));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  it.each(forms)(
    'leaves out what is deleted, hidden, or of a blocked person, and entries of rooms: %s',
    async (form) => {
      const text = await exported(form, [
        words(1, 'kept'),
        messageOf(2, { content: { kind: 'deleted' } }),
        words(3, 'secret hidden', { hidden: true }),
        words(4, 'secret of carol', { author: carol }),
        messageOf(5, { content: { kind: 'notice', entry: { kind: 'join' } } }),
        messageOf(6, { content: { kind: 'erased' } }),
      ]);
      expect(text).toContain('kept');
      expect(text).not.toMatch(/secret|deleted|no longer kept|joined/u);
    },
  );

  it('says who wrote what and when, and what is a reply, a poll or edited', async () => {
    const text = await exported('markdown', [
      words(1, 'first\nsecond\n\nthird', { edited: true }),
      messageOf(2, { author: me, content: { kind: 'reply', to: messageOf(1).id, text: 'yes' } }),
    ]);
    expect(text).toBe(
      '# bob\n\nSaved by alice on 2026-11-30 12:00. Times are those of UTC.\n' +
        '\n**bob** 2026-10-07 12:00 (edited)\n\n> first\\\n> second\n>\n> third\n' +
        '\n**alice** 2026-10-07 12:00 (reply)\n\n> yes\n',
    );
  });

  it('ends with an error when the chat is left in the middle, and not as if it were complete', async () => {
    let calls = 0;
    const client = clientWith([1, 2, 3].map((number) => words(number, 'x')));
    const left = () => {
      if (++calls > 6) throw new Error('left');
      return client;
    };
    const file = exportConversation({
      client: left,
      me,
      conversation: withBob,
      form: 'json',
      nowMs,
      timeZone: 'UTC',
    });
    const read = async () => {
      for await (const part of file.parts()) expect(part).not.toContain(']}');
    };
    await expect(read()).rejects.toThrow('left');
  });
});

const attacks = [
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '</style></title><svg onload=alert(1)>',
  '"><a href="javascript:alert(1)">x</a>',
  '[x](javascript:alert(1)) ![x](http://evil.example/x.png)',
  '# heading\n- list\n1. list\n> quote\n```\ncode\n```\n---\n===\n    code\n| a | b |\n|---|---|',
  '<!-- --> &lt; &#60; \\<b> `<b>` **b** ~~s~~ [a]: http://x $x$ [^1]',
  ...hostileTexts.values(),
];

describe('hostile texts and names', () => {
  it('are no markup in the page, which has a policy of its own and no script', async () => {
    for (const attack of attacks) {
      const text = await exported('page', [words(1, attack)], attack);
      const tags = new Set(
        [...text.matchAll(/<\/?([a-z0-9!-]+)/giu)].map(([, name = '']) => name.toLowerCase()),
      );
      expect([...tags].toSorted()).toEqual([
        '!doctype',
        'article',
        'bdi',
        'body',
        'h1',
        'h2',
        'head',
        'header',
        'html',
        'main',
        'meta',
        'p',
        'style',
        'time',
        'title',
      ]);
      expect(text.match(/<style>/gu)).toHaveLength(1);
      expect(text).toContain(`content="default-src 'none'; style-src 'sha256-`);
      expect(text).not.toMatch(/unsafe|script-src/u);
    }
  });

  it('are no markup in Markdown', () => {
    for (const attack of attacks)
      for (const line of attack.split('\n')) {
        const escaped = escapedLine(line);
        // Without the escaped characters and the spaces, nothing is left that CommonMark or GFM gives a meaning.
        const rest = escaped.replaceAll(/\\[!-/:-@[-`{-~]/gu, 'x').replaceAll('&nbsp;', '');
        expect(rest, escaped).not.toMatch(/[\\`*_{}[\]<>#|~&$^]/u);
        expect(rest, escaped).not.toMatch(/^\s*(?:[+\-=:]|\d+[.)](?:\s|$))/u);
        expect(escaped, escaped).not.toMatch(/^\s|\s$|[\r\n\u2028\u2029]/u);
      }
  });

  it('stay in the quote of their message in Markdown', async () => {
    for (const attack of attacks) {
      const text = await exported('markdown', [words(1, attack)], attack.replaceAll(/\s/gu, ''));
      const lines = text.split('\n').slice(4);
      for (const line of lines) expect(line).toMatch(/^(?:$|>|\*\*)/u);
      expect(lines.filter((line) => line.startsWith('**'))).toHaveLength(1);
    }
  });

  it('are the same texts in JSON, which stays harmless in a page', async () => {
    for (const attack of attacks) {
      const text = await exported('json', [words(1, attack)]);
      expect(text).not.toMatch(/[<>&\u2028\u2029]/u);
      expect(JSON.parse(text)).toMatchObject({ messages: [{ text: attack, author: 'bob' }] });
    }
  });

  it('are no part of the name of the file', () => {
    for (const attack of [...attacks, '../../etc/passwd', 'CON', '日本', 'Zoë & Ana', 'x'.repeat(500)]) {
      const name = exportFileName(attack, 'page', nowMs);
      expect(name).toMatch(/^chatagram-[A-Za-z0-9-]{1,40}-2026-11-30\.html$/u);
    }
    expect(exportFileName('Zoë & Ana', 'markdown', nowMs)).toBe('chatagram-Zoe-Ana-2026-11-30.md');
  });
});
