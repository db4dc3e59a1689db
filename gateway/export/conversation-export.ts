import { setImmediate as othersFirst } from 'node:timers/promises';
import { peerOfDirect, type ConversationId } from '../../shared/conversation.ts';
import { exportForms, type ExportForm } from '../../shared/export-forms.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { historyMessagesMax } from '../../shared/limits.ts';
import type { MessagePosition } from '../../shared/message.ts';
import type { Client } from '../client/client.ts';
import { exportedMessage, type ExportWriter } from './exported-message.ts';
import { exportFileName } from './file-name.ts';
import { jsonWriter } from './json.ts';
import { markdownWriter } from './markdown.ts';
import { pageWriter } from './page.ts';

/** A conversation as a file. */
export interface ConversationExport {
  readonly fileName: string;
  readonly mediaType: string;
  /** The text of the file. Each part is made when its reader asks for it. Ends with an error if the chat is left. */
  parts(): AsyncGenerator<string, void, undefined>;
}

/** What an export needs of a client. */
export type ExportedClient = Pick<Client, 'historyAfter' | 'blockedKeys' | 'contacts' | 'rooms' | 'session'>;

export interface ExportOptions {
  /** Throws when the chat was left. */
  readonly client: () => ExportedClient;
  readonly me: PeerKey;
  readonly conversation: ConversationId;
  readonly form: ExportForm;
  readonly nowMs: number;
  readonly timeZone: string;
}

const writers: Readonly<Record<ExportForm, (timeZone: string) => ExportWriter>> = {
  markdown: markdownWriter,
  json: jsonWriter,
  page: pageWriter,
};

/** Returns a conversation as a file, without what is deleted, hidden or of blocked people. */
export function exportConversation(options: ExportOptions): ConversationExport {
  const { conversation, form, nowMs } = options;
  const nameOf = namesFor(options);
  const peer = peerOfDirect(conversation);
  const room = options
    .client()
    .rooms()
    .find((each) => each.conversation === conversation);
  const place = peer === undefined ? `#${room?.name ?? 'room'}` : nameOf(peer);
  return {
    fileName: exportFileName(room === undefined ? place : `room ${place}`, form, nowMs),
    mediaType: exportForms[form].mediaType,
    parts: () => partsOf(options, place, nameOf),
  };
}

async function* partsOf(
  { client, me, conversation, form, nowMs, timeZone }: ExportOptions,
  place: string,
  nameOf: (key: PeerKey) => string,
): AsyncGenerator<string, void, undefined> {
  const writer = writers[form](timeZone);
  yield writer.begin({ place, exportedBy: nameOf(me), exportedAtMs: nowMs });
  let after: MessagePosition | null = null;
  for (let hasMore = true; hasMore;) {
    const blocked = new Set(client().blockedKeys());
    const page = client().historyAfter(conversation, after, historyMessagesMax);
    after = page.messages.at(-1)?.position ?? after;
    hasMore = page.hasMore;
    const shown = page.messages.flatMap(
      (message) => exportedMessage(message, (key) => blocked.has(key), nameOf) ?? [],
    );
    const text = shown.map((message) => writer.message(message)).join('');
    if (text !== '') yield text;
    // A page of messages takes a millisecond or two. Other users of the gateway come between two.
    await othersFirst();
  }
  yield writer.end();
}

function namesFor({ client, me }: ExportOptions): (key: PeerKey) => string {
  const names = new Map(
    client()
      .contacts()
      .flatMap(({ key, nickname }) => (nickname === null ? [] : [[key, nickname] as const])),
  );
  const session = client().session();
  if ('nickname' in session) names.set(me, session.nickname);
  return (key) => names.get(key) ?? `key ${key.slice(0, 8)}`;
}
