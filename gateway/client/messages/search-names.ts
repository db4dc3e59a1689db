import { nameContains } from '../../../shared/case-folding.ts';
import { directConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { nicknameComparisonKey } from '../../../shared/nickname.ts';
import type { TypedSearch } from '../../../shared/search/query.ts';
import type { MessageQuery } from '../../store/client-store.ts';
import type { ContactView, RoomView } from '../client-event.ts';

/** The names that a search may mean. They are made only where it names one. */
interface Names {
  readonly me: PeerKey;
  readonly nickname: string;
  contacts(): readonly Pick<ContactView, 'key' | 'nickname'>[];
  rooms(): readonly Pick<RoomView, 'conversation' | 'name'>[];
}

/** A search names at most so many authors, and so many conversations. Others are ignored. */
const meantMax = 16;

/** Returns the query for a typed search. Its names are whole, or parts of names: `from:an` is Anna and Jan. */
export function queryOf(typed: TypedSearch, names: Names): MessageQuery {
  return {
    words: typed.words,
    authors: typed.from.length === 0 ? null : meant(typed.from, (name) => peopleCalled(name, names)),
    conversations: typed.in.length === 0 ? null : meant(typed.in, (name) => placesCalled(name, names)),
    hasLink: typed.hasLink,
  };
}

function meant<Each>(typed: readonly string[], find: (name: string) => readonly Each[]): Each[] {
  return [...new Set(typed.flatMap(find))].slice(0, meantMax);
}

/** `me` is the user. Else the one with this name, or all with a name that has this part. */
function peopleCalled(typed: string, names: Names): PeerKey[] {
  const name = typed.replace(/^@/u, '');
  const all = [
    { key: names.me, nickname: names.nickname },
    ...names.contacts().flatMap(({ key, nickname }) => (nickname === null ? [] : { key, nickname })),
  ];
  const found = called(name, all, ({ nickname }) => nickname).map(({ key }) => key);
  return name.toLowerCase() === 'me' ? [names.me] : found;
}

function placesCalled(typed: string, names: Names): ConversationId[] {
  const rooms = called(typed.replace(/^#/u, ''), names.rooms(), ({ name }) => name);
  const places = rooms.map(({ conversation }) => conversation);
  return typed.startsWith('#') ? places : [...peopleCalled(typed, names).map(directConversation), ...places];
}

function called<Each>(typed: string, all: readonly Each[], nameOf: (each: Each) => string): Each[] {
  const exact = all.filter((each) => nicknameComparisonKey(nameOf(each)) === nicknameComparisonKey(typed));
  return exact.length > 0 ? exact : all.filter((each) => nameContains(nameOf(each), typed));
}
