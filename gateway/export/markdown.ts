import { notesOf, plainLines, timeTextIn, type ExportWriter } from './exported-message.ts';

/**
 * Writes Markdown (CommonMark 0.31). The words of users are quoted, and escaped so that no program makes markup, HTML or a picture of
 * them. Some make a link of the address of a web page, which shows where it leads.
 */
export function markdownWriter(timeZone: string): ExportWriter {
  const timeText = timeTextIn(timeZone);
  return {
    begin: ({ place, exportedBy, exportedAtMs }) =>
      `# ${escapedLine(place)}\n\nSaved by ${escapedLine(exportedBy)} on ${escapedLine(timeText(exportedAtMs))}. ` +
      `Times are those of ${escapedLine(timeZone)}.\n`,
    message: (message) => {
      const notes = notesOf(message);
      const note = notes === '' ? '' : ` (${escapedLine(notes)})`;
      const lines = plainLines(message.text).map(escapedLine);
      // A backslash at the end of a line keeps the line end. An empty line ends the paragraph.
      const quoted = lines.map((line, index) => {
        const goesOn = line !== '' && index < lines.length - 1 && lines[index + 1] !== '';
        return `> ${line}${goesOn ? '\\' : ''}`.trimEnd();
      });
      return `\n**${escapedLine(message.author)}** ${escapedLine(timeText(message.sentAtMs))}${note}\n\n${quoted.join('\n')}\n`;
    },
    end: () => '',
  };
}

/**
 * CommonMark 2.4: any ASCII punctuation may be escaped by a backslash. Spaces at the start would begin a code block, and two at the
 * end a line end. A number or a sign at the start would begin a list, a heading or a line.
 */
export function escapedLine(line: string): string {
  return plainLines(line)
    .join(' ')
    .replaceAll(/[\\`*_{}[\]<>#|~&$^]/gu, '\\$&')
    .replace(/^(\s*)([+\-=:])/u, '$1\\$2')
    .replace(/^(\s*\d+)([.)])/u, '$1\\$2')
    .replace(/^[ \t]+/u, (spaces) => '&nbsp;'.repeat(spaces.length))
    .replace(/[ \t]+$/u, '');
}
