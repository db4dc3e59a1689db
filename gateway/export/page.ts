import { createHash } from 'node:crypto';
import { isTime, notesOf, plainLines, timeTextIn, type ExportWriter } from './exported-message.ts';

/** Writes a page without scripts, links and pictures. Its own policy lets a browser load nothing and run nothing. */
export function pageWriter(timeZone: string): ExportWriter {
  const timeText = timeTextIn(timeZone);
  return {
    begin: ({ place, exportedBy, exportedAtMs }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(place)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1><bdi>${escaped(place)}</bdi></h1>
<p>Saved by <bdi>${escaped(exportedBy)}</bdi> on ${escaped(timeText(exportedAtMs))}. Times are those of ${escaped(timeZone)}.</p>
</header>
<main>
`,
    message: (message) => {
      const { author, sentAtMs, text } = message;
      const notes = notesOf(message);
      const iso = isTime(sentAtMs) ? ` datetime="${new Date(sentAtMs).toISOString()}"` : '';
      return (
        `<article><h2><bdi>${escaped(author)}</bdi> <time${iso}>${escaped(timeText(sentAtMs))}</time>` +
        `${notes === '' ? '' : ` <small>${escaped(notes)}</small>`}</h2>` +
        `${plainLines(text)
          .map((line) => `<p dir="auto">${escaped(line)}</p>`)
          .join('')}</article>\n`
      );
    },
    end: () => '</main>\n</body>\n</html>\n',
  };
}

const style = `
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h1, h2, p { margin: 0; overflow-wrap: anywhere; }
header { padding-bottom: 1rem; border-bottom: 1px solid; }
article { margin: 1rem 0; }
h2 { font-size: 1rem; }
time, small { font-size: 0.85rem; font-weight: 400; opacity: 0.75; }
article p { min-height: 1.5em; white-space: pre-wrap; }
@media print {
  :root { color-scheme: light; }
  body { max-width: none; margin: 0; padding: 0; font-size: 10.5pt; }
  h2 { break-after: avoid; }
  article { break-inside: avoid-page; }
  p { orphans: 3; widows: 3; }
}
`;

const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** HTML 13.1.2.3 and 13.1.4: these are all that could end a text or an attribute in quotation marks. */
function escaped(text: string): string {
  return plainLines(text)
    .join(' ')
    .replaceAll(/[&<>"'`]/gu, (character) => `&#${character.charCodeAt(0)};`);
}
