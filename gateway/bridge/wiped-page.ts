import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { WipeReport } from '../../shared/bridge/wipe.ts';
import { formatServer } from '../../shared/join-address-text.ts';

/**
 * The page on which each tab ends after a wipe. Its answer clears what the browser keeps for this origin. Before a wipe there is no
 * such page: another site could send a browser there. `?language=de` asks for its German words.
 */
export class WipedPage {
  #report: WipeReport | undefined;

  show(report: WipeReport): void {
    this.#report = report;
  }

  addRoute(app: FastifyInstance, cookieName: () => string): void {
    app.get<{ Querystring: { readonly language?: unknown } }>('/wiped', (request, reply) => {
      if (this.#report === undefined) {
        reply.callNotFound();
        return;
      }
      return reply
        .headers(wipedHeaders)
        .clearCookie(cookieName(), { path: '/' })
        .type('text/html; charset=utf-8')
        .send(pageFor(this.#report, request.query.language === 'de' ? german : english));
    });
  }
}

/** The browser has no texts of the app any longer, so the words of this page are here. */
interface Words {
  readonly language: string;
  readonly heading: string;
  readonly released: (nickname: string) => string;
  readonly identity: (nickname: string, server: string) => string;
  readonly taken: (names: string) => string;
  readonly left: (files: string) => string;
  readonly keeps: string;
  readonly ended: string;
}

const english: Words = {
  language: 'en',
  heading: 'The chats of this computer are wiped',
  released: (nickname) => `The server has freed the nickname ${nickname}.`,
  identity: (nickname, server) => `${nickname} at ${server}`,
  taken: (names) => `These nicknames stay taken until the operator of the server releases them: ${names}.`,
  left: (files) => `Chatagram left files in the data folder that it did not make: ${files}.`,
  keeps:
    'A wipe does not reach backups and saved conversations, the copies of other people, the history of your browsers, and blocks of the disk that are free but not overwritten.',
  ended: 'Chatagram has ended. Start it again for a new chat.',
};

const german: Words = {
  language: 'de',
  heading: 'Die Chats dieses Computers sind gelöscht',
  released: (nickname) => `Der Server hat den Spitznamen ${nickname} freigegeben.`,
  identity: (nickname, server) => `${nickname} auf ${server}`,
  taken: (names) =>
    `Diese Spitznamen bleiben vergeben, bis die Person, die den Server betreibt, sie freigibt: ${names}.`,
  left: (files) =>
    `Chatagram hat Dateien im Datenordner gelassen, die nicht von Chatagram stammen: ${files}.`,
  keeps:
    'Das Löschen erreicht keine Sicherungen und gespeicherten Unterhaltungen, nicht die Kopien anderer Personen, nicht den Verlauf deiner Browser und nicht die Teile der Festplatte, die frei, aber nicht überschrieben sind.',
  ended: 'Chatagram ist beendet. Starte es neu, um wieder zu chatten.',
};

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

function pageFor({ released, taken, left }: WipeReport, words: Words): string {
  const names = taken
    .map(({ nickname, server }) => words.identity(nickname, formatServer(server)))
    .join(', ');
  const sentences = [
    ...(released === null ? [] : [words.released(released)]),
    ...(taken.length === 0 ? [] : [words.taken(names)]),
    ...(left.length === 0 ? [] : [words.left(left.join(', '))]),
    words.keeps,
    words.ended,
  ];
  return `<!doctype html>
<html lang="${words.language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Chatagram</title><style>${style}</style></head>
<body><main><h1>${words.heading}</h1>
${sentences.map((sentence) => `<p dir="auto">${escaped(sentence)}</p>`).join('\n')}
</main></body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`);
}
