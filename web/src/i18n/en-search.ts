import { countedIn } from './plural.ts';

const counted = countedIn('en');

/** The texts of the search in English. They are not in the first load. */
export const enSearch = {
  heading: 'Search messages',
  close: 'Close the search',
  label: 'Words, from:anna, in:#room, has:link',
  hint: 'The last word may be unfinished. Names and words can stand in any order.',
  searching: 'Searching …',
  nothing: 'No message was found. Try fewer or shorter words.',
  noAuthor: (name: string) => `No one is called “${name}”.`,
  noPlace: (name: string) => `There is no conversation called “${name}”.`,
  count: (count: number, hasMore: boolean) =>
    hasMore ? `The latest ${count} messages` : counted(count, '1 message', (n) => `${n} messages`),
  more: 'Show earlier messages',
  inPlace: (name: string) => `Messages in ${name}`,
};
