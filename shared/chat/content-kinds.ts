import Type, { type StaticDecode } from 'typebox';
import {
  batchItemsMax,
  emojiCodePointsMax,
  mentionsMax,
  pollChoiceCodePointsMax,
  pollChoicesMax,
} from '../limits.ts';
import {
  DigestField,
  FileNameField,
  FileSizeField,
  KeyField,
  MediaTypeField,
  MessageIdField,
  MessageTextField,
  PreviewField,
} from './fields.ts';

/**
 * The kinds of content that users write, in direct conversations and in rooms alike (PROTOCOL 10.14). A content names other
 * messages only by their ids, never by their words: a delete would otherwise leave the words in each reply to them.
 */

/** What a program shows that does not know the kind. A program that knows the kind shows the rest. */
const fallback = Type.Optional(MessageTextField);

/** The words of a user, with the keys that they mention. */
const words = {
  text: MessageTextField,
  mentions: Type.Optional(Type.Array(KeyField, { minItems: 1, maxItems: mentionsMax })),
  /** `@room`: mentions every member. */
  mentionsRoom: Type.Optional(Type.Literal(true)),
};

/** A batch, so that a user who presses many buttons makes one entry a second. */
function batch<Item extends Type.TSchema>(item: Item) {
  return Type.Array(item, { minItems: 1, maxItems: batchItemsMax });
}

const EmojiField = Type.String({ minLength: 1, maxLength: emojiCodePointsMax });
const ChoiceField = Type.String({ minLength: 1, maxLength: pollChoiceCodePointsMax });
const ChoiceNumberField = Type.Integer({ minimum: 0, maximum: pollChoicesMax - 1 });

export const conversationKindSchemas = {
  text: Type.Object({ kind: Type.Literal('text'), ...words }),
  reply: Type.Object({ kind: Type.Literal('reply'), to: MessageIdField, ...words, fallback }),
  /** The words of message `of` are these from now on. */
  edit: Type.Object({ kind: Type.Literal('edit'), of: MessageIdField, ...words, fallback }),
  /** Erases the words of message `of` everywhere. */
  delete: Type.Object({ kind: Type.Literal('delete'), of: MessageIdField, fallback }),
  reaction: Type.Object({
    kind: Type.Literal('reaction'),
    items: batch(
      Type.Object({
        of: MessageIdField,
        /** A frontend shows only what is one emoji. */
        emoji: EmojiField,
        /** False takes the reaction back. */
        on: Type.Boolean(),
      }),
    ),
    fallback,
  }),
  /** A text that asks each reader to acknowledge it. */
  announcement: Type.Object({ kind: Type.Literal('announcement'), ...words, fallback }),
  /** "I have read this", for each of these announcements. */
  acknowledge: Type.Object({ kind: Type.Literal('acknowledge'), items: batch(MessageIdField), fallback }),
  poll: Type.Object({
    kind: Type.Literal('poll'),
    question: MessageTextField,
    choices: Type.Array(ChoiceField, { minItems: 2, maxItems: pollChoicesMax }),
    fallback,
  }),
  vote: Type.Object({
    kind: Type.Literal('vote'),
    items: batch(
      Type.Object({
        of: MessageIdField,
        /** The number of the choice, from 0. Null takes the vote back. */
        choice: Type.Union([ChoiceNumberField, Type.Null()]),
      }),
    ),
    fallback,
  }),
  'close-poll': Type.Object({
    kind: Type.Literal('close-poll'),
    of: MessageIdField,
    /**
     * Between two users: the votes that the author of the poll had. They are the result, whatever is on its way. In a room, the log says
     * which votes were before.
     */
    votes: Type.Optional(
      Type.Array(Type.Object({ voter: KeyField, choice: ChoiceNumberField }), { maxItems: 2 }),
    ),
    fallback,
  }),
  /** Offers a file, or several as a packed stream (PROTOCOL 13.13). Its bytes go from client to client. */
  file: Type.Object({
    kind: Type.Literal('file'),
    name: FileNameField,
    size: FileSizeField,
    /** As the author claims. */
    type: MediaTypeField,
    /** Of the tree of the bytes. */
    root: DigestField,
    /** The bytes are a packed stream, and `name` is that of the folder. */
    packed: Type.Optional(Type.Literal(true)),
    preview: Type.Optional(PreviewField),
    /** The author's words about it. */
    text: Type.Optional(MessageTextField),
    fallback,
  }),
} as const;

export type ConversationKind = keyof typeof conversationKindSchemas;
export type ConversationContent = {
  [K in ConversationKind]: StaticDecode<(typeof conversationKindSchemas)[K]>;
}[ConversationKind];
export type ConversationContentOf<K extends ConversationKind> = Extract<ConversationContent, { kind: K }>;

export function isConversationKind(kind: string): kind is ConversationKind {
  return Object.hasOwn(conversationKindSchemas, kind);
}
