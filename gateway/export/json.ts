import { isTime, type ExportWriter } from './exported-message.ts';

/** Writes JSON with one message in each line. */
export function jsonWriter(): ExportWriter {
  let isFirst = true;
  return {
    begin: ({ place, exportedBy, exportedAtMs }) =>
      `{"chatagramExport":1,"conversation":${json(place)},"exportedBy":${json(exportedBy)},` +
      `"exportedAt":${json(timeOf(exportedAtMs))},"messages":[`,
    message: ({ id, author, key, sentAtMs, kind, text, isEdited, replyTo }) => {
      const line = json({
        id,
        author,
        key,
        sentAt: timeOf(sentAtMs),
        kind,
        text,
        ...(isEdited ? { edited: true } : {}),
        ...(replyTo === null ? {} : { replyTo }),
      });
      const separator = isFirst ? '\n' : ',\n';
      isFirst = false;
      return separator + line;
    },
    end: () => '\n]}\n',
  };
}

/** The characters that would matter in a page or a script are escaped, too. A program may put the text there. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u007F-\u009F\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** ISO 8601, in UTC. */
function timeOf(wallMs: number): string | null {
  return isTime(wallMs) ? new Date(wallMs).toISOString() : null;
}
