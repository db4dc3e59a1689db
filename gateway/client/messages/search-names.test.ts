import { describe, expect, it } from 'vitest';
import { directConversation } from '../../../shared/conversation.ts';
import { bob, carol, contactOf, me, roomViewOf } from '../../../shared/model/samples.ts';
import { parseSearch } from '../../../shared/search/query.ts';
import { queryOf } from './search-names.ts';

const lab = roomViewOf(1, 'lab');
const contacts = [contactOf(bob, 'bob'), contactOf(carol, 'Bobette')];

const query = (typed: string) =>
  queryOf(parseSearch(typed), { me, nickname: 'alice', contacts: () => contacts, rooms: () => [lab] });

describe('the names in a search', () => {
  it('are whole names, or else parts of them', () => {
    expect(query('from:BOB').authors).toEqual([bob]);
    expect(query('from:bo').authors).toEqual([bob, carol]);
    expect(query('from:@alice').authors).toEqual([me]);
    expect(query('from:me from:bob').authors).toEqual([me, bob]);
    expect(query('from:dave').authors).toEqual([]);
  });

  it('are those of places', () => {
    expect(query('in:#la').conversations).toEqual([lab.conversation]);
    expect(query('in:#bob').conversations).toEqual([]);
    expect(query('in:bob in:lab').conversations).toEqual([directConversation(bob), lab.conversation]);
  });

  it('restrict nothing where none is typed', () => {
    expect(query('boat has:link')).toEqual({
      words: 'boat ',
      authors: null,
      conversations: null,
      hasLink: true,
    });
  });
});
