import { isConversationKind } from '../../../../shared/chat/content-kinds.ts';
import { isFileSize } from '../../../../shared/files/tree.ts';
import { isPostKind } from '../../../../shared/chat/timeline.ts';
import {
  parseDigest,
  parseMessageId,
  parsePeerKey,
  type MessageId,
  type PeerKey,
} from '../../../../shared/ids.ts';
import type { Content, PostContent, PostContentOf, RoomNotice } from '../../../../shared/message.ts';
import type { ChangeMessageContent } from '../../client-store.ts';
import { jsonOf, optional, textOf, unreadable, type Row } from '../rows.ts';

/** How the columns `kind`, `text` and `details` hold a content. A search finds the words in `text`. */
export interface ContentColumns {
  readonly kind: string;
  readonly text: string;
  readonly details: string | null;
}

export function columnsOfContent(content: Content): ContentColumns {
  switch (content.kind) {
    case 'text':
    case 'announcement':
    case 'reply': {
      const { kind, text, mentions, mentionsRoom } = content;
      const details = { ...(content.kind === 'reply' ? { to: content.to } : {}), mentions, mentionsRoom };
      const isPlain = Object.values(details).every((detail) => detail === undefined);
      return { kind, text, details: isPlain ? null : JSON.stringify(details) };
    }
    case 'poll': {
      const { kind, question, choices } = content;
      return {
        kind,
        text: [question, ...choices].join('\n'),
        details: JSON.stringify({ question, choices }),
      };
    }
    case 'file': {
      const { kind, name, text, ...rest } = content;
      const details = JSON.stringify({ ...rest, name, text });
      return { kind, text: text === undefined ? name : `${name}\n${text}`, details };
    }
    case 'unknown':
      return { kind: content.kind, text: content.fallback, details: null };
    case 'deleted':
    case 'erased':
      return { kind: content.kind, text: '', details: null };
    case 'notice':
      return { kind: content.kind, text: '', details: JSON.stringify(content.entry) };
    default:
      return content satisfies never;
  }
}

/** Reads the content of a message that is shown. */
export function contentFrom(row: Row): Content {
  const [kind, text] = [textOf(row, 'kind'), textOf(row, 'text')];
  if (isPostKind(kind)) return postFrom(row, kind, text);
  switch (kind) {
    case 'unknown':
      return { kind, fallback: text };
    case 'deleted':
    case 'erased':
      return { kind };
    case 'notice':
      return { kind, entry: kindIn(detailsOf(row)) as RoomNotice };
    default:
      return unreadable('kind', 'a kind of content');
  }
}

/** Reads the content of a message that changes others; undefined where it is gone. */
export function changeFrom(row: Row): ChangeMessageContent | undefined {
  const details = optional(row, 'details', detailsOf);
  if (details === undefined) return undefined;
  const content = kindIn(details);
  const isChange = isConversationKind(content.kind) && !isPostKind(content.kind);
  return isChange ? (content as ChangeMessageContent) : unreadable('details', 'a change');
}

function postFrom(row: Row, kind: PostContent['kind'], text: string): PostContent {
  const details = optional(row, 'details', detailsOf) ?? {};
  switch (kind) {
    case 'text':
    case 'announcement':
      return { kind, text, ...mentionsIn(details) };
    case 'reply':
      return { kind, text, to: messageIdIn(details['to']), ...mentionsIn(details) };
    case 'poll': {
      const { question, choices } = details;
      return { kind, question: textIn(question), choices: listIn(choices).map(textIn) };
    }
    case 'file':
      return fileFrom(details);
    default:
      return kind satisfies never;
  }
}

function fileFrom({ name, size, type, root, packed, preview, text }: Details): PostContentOf<'file'> {
  return {
    kind: 'file',
    name: textIn(name),
    size: isFileSize(size) ? size : unreadable('details', 'a size'),
    type: textIn(type),
    root: parseDigest(textIn(root)) ?? unreadable('details', 'a digest'),
    ...(packed === true ? { packed } : {}),
    ...(preview === undefined ? {} : { preview: textIn(preview) }),
    ...(text === undefined ? {} : { text: textIn(text) }),
  };
}

type Details = Readonly<Record<string, unknown>>;

function detailsOf(row: Row, column = 'details'): Details {
  const value = jsonOf(row, column);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Details)
    : unreadable(column, 'an object');
}

/** A content is one of its kind, because this program wrote it. A file of a stranger has only been checked for its form. */
function kindIn(details: Details): Details & { readonly kind: string } {
  return { ...details, kind: textIn(details['kind']) };
}

function mentionsIn({ mentions, mentionsRoom }: Details): { mentions?: PeerKey[]; mentionsRoom?: true } {
  const keys = mentions === undefined ? [] : listIn(mentions).map(keyIn);
  return {
    ...(keys.length === 0 ? {} : { mentions: keys }),
    ...(mentionsRoom === true ? { mentionsRoom } : {}),
  };
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : unreadable('details', 'a text');
}

function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : unreadable('details', 'a list');
}

function keyIn(value: unknown): PeerKey {
  return parsePeerKey(textIn(value)) ?? unreadable('details', 'a key');
}

function messageIdIn(value: unknown): MessageId {
  return parseMessageId(textIn(value)) ?? unreadable('details', 'a message id');
}
