import { expect, it, vi } from 'vitest';
import { linkLines, windowLines } from './link-lines.ts';

const link = {
  link: 'http://127.0.0.1:5050/#s=x',
  address: 'http://127.0.0.1:5050/',
  code: 'abcd-efgh',
  expiresAtMs: 0,
};

it('a window without a prompt prints a new link for Enter, and says that it has no commands', () => {
  const newLink = vi.fn(() => link);
  expect(windowLines(' ', newLink)).toEqual(linkLines(link));
  expect(windowLines('send bob hello', newLink)).toEqual([
    'There are no commands here: the chat is in your browser. Press Enter alone for a new link.',
  ]);
  expect(newLink).toHaveBeenCalledTimes(1);
});
