import type { Browser } from '../../../shared/bridge/access.ts';
import { browserRows } from '../command-rows.mjs';
import { linkLines } from '../frontend/link-lines.ts';
import { safeLine } from '../text/safe-text.ts';
import {
  chatCommandsOf,
  executed,
  type ChatCommand,
  type Executor,
  type Lines,
  type PromptContext,
} from './prompt-command.ts';

/** The part of the prompt that these commands need. */
export type BrowserContext = Executor & Pick<PromptContext, 'agoText'>;

/** Commands about the browsers that may use this gateway. */
export const browserCommands: readonly ChatCommand<BrowserContext>[] = chatCommandsOf(browserRows, {
  link: newLink,
  browsers,
  'sign-out': signOut,
});

export async function newLink(executor: Executor): Promise<Lines> {
  const answer = await executor.execute({ type: 'new-link' });
  return answer.status === 'refused' ? [answer.sentence] : linkLines(answer.result);
}

async function browsers(context: BrowserContext): Promise<Lines> {
  const answer = await context.execute({ type: 'browsers' });
  if (answer.status === 'refused') return [answer.sentence];
  const { browsers: all } = answer.result;
  if (all.length === 0) return ['No browser may open the app yet. Type link for a link.'];
  return all.map((browser) => lineOf(browser, context));
}

function lineOf({ id, name, addedAtMs, lastSeenAtMs, tabs }: Browser, context: BrowserContext): string {
  const now = tabs === 1 ? '1 tab open' : `${tabs} tabs open`;
  const seen = tabs === 0 ? `last seen ${context.agoText(lastSeenAtMs)}` : now;
  return `${id} | ${safeLine(name)} | ${seen} | added ${context.agoText(addedAtMs)}`;
}

async function signOut(context: BrowserContext, { nickname }: { readonly nickname: string }): Promise<Lines> {
  if (nickname !== 'all') return signOutOne(context, nickname);
  const answer = await context.execute({ type: 'browsers' });
  if (answer.status === 'refused') return [answer.sentence];
  for (const { id } of answer.result.browsers) {
    const refusal = await executed(context, { type: 'sign-out-browser', browser: id }, []);
    if (refusal.length > 0) return refusal;
  }
  return ['All browsers are signed out. Type link for a new link.'];
}

function signOutOne(context: BrowserContext, id: string): Lines | Promise<Lines> {
  const isId = /^[0-9a-f]{8}$/u.test(id);
  if (!isId) return ['Type the 8 characters at the start of a line of browsers, or all.'];
  return executed(context, { type: 'sign-out-browser', browser: id }, ['This browser is signed out.']);
}
