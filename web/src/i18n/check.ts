import {
  attemptWords,
  causeWords,
  channelWords,
  cureCommand,
  cureWords,
  findingWords,
  otherSideWords,
  otherStateWords,
} from '../../../shared/check/check-words.ts';
import type { OtherSide } from '../../../shared/check/connection-check.ts';
import type { Language } from '../model/language.ts';
import { checkInGerman } from './check-de.ts';
import { countedIn } from './plural.ts';
import { language } from './texts.ts';

const counted = countedIn('en');

/** The prompt has the same words for what a check finds. */
const english = {
  heading: (name: string) => `Connection check: ${name}`,
  close: 'Close',
  running: 'Each address is tried. This takes a few seconds.',
  over: 'The check is over.',
  again: 'Check again',
  tried: 'What was tried',
  address: 'Address',
  result: 'What came back',
  via: (own: string) => `from ${own}`,
  nothingTried: 'No address is known that could be tried.',
  otherSide: 'What the other side sees',
  otherSideTold: (otherSide: OtherSide) => otherSideWords(otherSide).join(' '),
  otherSideTried: 'What the other side tried towards you',
  otherState: otherStateWords,
  ownAddress: 'an address of this computer',
  helps: 'What usually helps',
  machine: 'This computer',
  networks: (addresses: readonly string[]) =>
    counted(
      addresses.length,
      `It has the address ${addresses.join()}.`,
      () => `It has the addresses ${addresses.join(', ')}.`,
    ),
  noNetwork: 'It is on no network.',
  firewall: (name: string) => `Its firewall is ${name}.`,
  noFirewall: 'No firewall was found on it. The check cannot see those of Windows and macOS.',
  vpn: 'A VPN is on.',
  attempt: attemptWords,
  channel: channelWords,
  finding: findingWords,
  cause: causeWords,
  cure: cureWords,
  command: cureCommand,
};

/** The words of the connection check in one language. */
export type CheckTexts = typeof english;

/** The words of the connection check, which the page loads with its dialog: they are few enough to come in all languages. */
export const checkTexts = ({ en: english, de: checkInGerman } satisfies Record<Language, CheckTexts>)[
  language
];
