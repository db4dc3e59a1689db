import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { WipeReport } from '../../shared/bridge/wipe.ts';
import { formatServer } from '../../shared/join-address-text.ts';

/**
 * The page on which each tab ends after a wipe. Its answer clears what the browser keeps for this origin. Before a wipe there is no
 * such page: another site could send a browser there.
 */
export class WipedPage {
  #report: WipeReport | undefined;

  show(report: WipeReport): void {
    this.#report = report;
  }

  addRoute(app: FastifyInstance, cookieName: () => string): void {
    app.get('/wiped', (_request, reply) => {
      if (this.#report === undefined) {
        reply.callNotFound();
        return;
      }
      return reply
        .headers(wipedHeaders)
        .clearCookie(cookieName(), { path: '/' })
        .type('text/html; charset=utf-8')
        .send(pageFor(this.#report));
    });
  }
}

const style = `:root{color-scheme:light dark}
body{margin:0;padding:2rem 1rem;font:1rem/1.5 system-ui,sans-serif;color:light-dark(#12201d,#e7efed);background:light-dark(#fbfcfb,#0e1413)}
main{max-width:36rem;margin:0 auto;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25}`;

/**
 * "storage" is all that scripts kept for this origin: drafts, messages that wait, and the key of the browser. "cookies" would also
 * clear those of other programs on this computer, because cookies ignore ports: only our own ends.
 */
const wipedHeaders = {
  'cache-control': 'no-store',
  'clear-site-data': '"storage"',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
} as const;

function pageFor({ released, taken, left }: WipeReport): string {
  const names = taken.map(({ nickname, server }) => `${nickname} at ${formatServer(server)}`).join(', ');
  const sentences = [
    ...(released === null ? [] : [`The server has freed the nickname ${released}.`]),
    ...(taken.length === 0
      ? []
      : [`These nicknames stay taken until the operator of the server releases them: ${names}.`]),
    ...(left.length === 0
      ? []
      : [`Chatagram left files in the data folder that it did not make: ${left.join(', ')}.`]),
    'A wipe does not reach backups and saved conversations, the copies of other people, the history of your browsers, and blocks of the disk that are free but not overwritten.',
    'Chatagram has ended. Start it again for a new chat.',
  ];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Chatagram</title><style>${style}</style></head>
<body><main><h1>The chats of this computer are wiped</h1>
${sentences.map((sentence) => `<p dir="auto">${escaped(sentence)}</p>`).join('\n')}
</main></body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`);
}
