import type { CodeProblem, NoAccessCause } from '../model/gateway-status.ts';

/** The texts for a browser without access, in English. They are not in the first load. */
export const enAccess = {
  causes: {
    'no-link': {
      heading: 'This browser cannot open Chatagram yet',
      explain:
        'To keep others out of your chat, Chatagram lets a browser in only with a link or a code from its terminal.',
      how: 'Type the code that the terminal shows, or open the link there. If you see none, press Enter in the terminal.',
    },
    'refused-link': {
      heading: 'This link does not work',
      explain:
        'Each link opens Chatagram once, in one browser, within 10 minutes. This one was used, is too old, or a part of it is missing.',
      how: 'Press Enter in the terminal where Chatagram is running. Then type the new code here, or open the new link.',
    },
    'signed-out': {
      heading: 'This browser is signed out',
      explain: 'It may no longer open this Chatagram. It was signed out, or its cookies were deleted.',
      how: 'Press Enter in the terminal where Chatagram is running. Then type the new code here, or open the new link.',
    },
    'cookies-blocked': {
      heading: 'This browser blocks cookies',
      explain:
        'Chatagram keeps one cookie, so that this browser need not bring a new link each time. It goes to this computer only.',
      how: 'Allow cookies for this address in the settings of your browser, then reload this page. If your link was used, press Enter in the terminal for a new one.',
    },
    'storage-blocked': {
      heading: 'This browser stores nothing for Chatagram',
      explain:
        'Chatagram keeps a key in your browser, so that no other program can take its place. A private window, or a setting that blocks cookies, prevents that.',
      how: 'Use a normal window, or allow cookies and data for this address. Then open the link again: it was not used up.',
    },
    'other-program': {
      heading: 'Another program answers here',
      explain:
        'It is not the Chatagram that this page knows, and it was told nothing. Chatagram may be closed, or have a new address.',
      how: 'Look at the terminal, and open the address that it shows. Do not reload this page. When Chatagram is back, the page goes on by itself.',
    },
  } satisfies Record<NoAccessCause, { heading: string; explain: string; how: string }>,
  code: 'Code from the terminal',
  codeHint: '8 letters and digits. Each code works once, for 10 minutes.',
  codePlaceholder: 'k7q2-m4xd',
  open: 'Open Chatagram',
  codeProblem: {
    wrong:
      'This code is wrong, was used, or is too old. Compare it with the terminal, or press Enter there for a new one.',
    unreachable: 'Chatagram does not answer. Is it still running?',
  } satisfies Record<CodeProblem, string>,
  again: 'Try again',
};
