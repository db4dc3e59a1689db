import { describe, expect, it } from 'vitest';
import type { Browser } from '../../../shared/bridge/access.ts';
import type { Command } from '../../../shared/bridge/commands.ts';
import { done, doneWith, refused } from '../../../shared/command-result.ts';
import { ScriptedGateway } from '../frontend/scripted-gateway.ts';
import { browserCommands, type BrowserContext } from './browser-commands.ts';
import { parseCommand } from './parse-command.ts';

const nowMs = 1_767_225_600_000;
const browsers: Browser[] = [
  { id: '3f7a0c1b', name: 'Firefox on Linux', addedAtMs: nowMs, lastSeenAtMs: nowMs, tabs: 2 },
  { id: '00112233', name: 'Chrome\u001b[2J', addedAtMs: nowMs, lastSeenAtMs: nowMs, tabs: 0 },
];
const link = {
  link: 'http://127.0.0.1:5050/#s=secret',
  address: 'http://127.0.0.1:5050/',
  code: 'k7q2-m4xd',
  expiresAtMs: nowMs,
};

function gatewayWith(all: readonly Browser[]): ScriptedGateway {
  const gateway = new ScriptedGateway();
  gateway.answer = (command: Command) => {
    if (command.type === 'browsers') return doneWith({ browsers: [...all] });
    if (command.type === 'new-link') return doneWith(link);
    if (command.type !== 'sign-out-browser') return undefined;
    return all.some(({ id }) => id === command.browser) ? done : refused('unknown-browser');
  };
  return gateway;
}

async function type(line: string, gateway = gatewayWith(browsers)): Promise<readonly string[]> {
  const parsed = parseCommand(line, browserCommands);
  if (parsed.type !== 'command') return ['sentence' in parsed ? parsed.sentence : ''];
  const context: BrowserContext = {
    execute: (command) => gateway.execute('id', command),
    agoText: () => 'just now',
  };
  return parsed.command.run(context, parsed.typed);
}

describe('the commands about browsers', () => {
  it('link prints a link and a code', async () => {
    expect(await type('link')).toEqual([
      'Open http://127.0.0.1:5050/#s=secret in a browser on this computer.',
      'Or open http://127.0.0.1:5050/ there and type the code k7q2-m4xd. Both work once, for 10 minutes.',
    ]);
  });

  it('browsers lists them, and a name cannot change the screen', async () => {
    const [first, second = ''] = await type('browsers');
    expect(first).toBe('3f7a0c1b | Firefox on Linux | 2 tabs open | added just now');
    expect(second).toContain('last seen just now');
    expect(second).not.toContain('\u001b');
    expect(await type('browsers', gatewayWith([]))).toEqual([
      'No browser may open the app yet. Type link for a link.',
    ]);
  });

  it('sign-out ends the access of one browser, or of all', async () => {
    const gateway = gatewayWith(browsers);
    expect(await type('sign-out 3f7a0c1b', gateway)).toEqual(['This browser is signed out.']);
    expect(await type('sign-out all', gateway)).toEqual([
      'All browsers are signed out. Type link for a new link.',
    ]);
    const ids = gateway.commandsOf('sign-out-browser').map(({ browser }) => browser);
    expect(ids).toEqual(['3f7a0c1b', '3f7a0c1b', '00112233']);
  });

  it('sign-out says what it needs', async () => {
    expect(await type('sign-out')).toEqual(['Type sign-out <browser>.']);
    expect((await type('sign-out Firefox'))[0]).toContain('8 characters');
    expect((await type('sign-out ffffffff'))[0]).toContain('no such browser');
  });
});
