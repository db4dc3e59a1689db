import type { Link } from '../../../shared/bridge/access.ts';

/** Returns what the user needs to open the app in a browser. */
export function linkLines({ link, address, code }: Link): string[] {
  return [
    `Open ${link} in a browser on this computer.`,
    `Or open ${address} there and type the code ${code}. Both work once, for 10 minutes.`,
  ];
}

/** Answers a line that the user types in a window without a prompt. Each link works once. */
export function windowLines(line: string, newLink: () => Link): string[] {
  if (line.trim() === '') return linkLines(newLink());
  return ['There are no commands here: the chat is in your browser. Press Enter alone for a new link.'];
}
