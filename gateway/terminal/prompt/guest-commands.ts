import type { Guests } from '../../../shared/bridge/guests.ts';
import { errors } from '../../../shared/errors.ts';
import { guestsMax } from '../../../shared/limits.ts';
import { guestRows } from '../command-rows.mjs';
import { guestLinkLines, type DrawCode } from '../frontend/guest-lines.ts';
import { safeLine } from '../text/safe-text.ts';
import {
  chatCommandsOf,
  executed,
  type ChatCommand,
  type CommandArguments,
  type Executor,
  type Lines,
} from './prompt-command.ts';

/** The part of the prompt, or of the window of a server, that these commands need. */
export interface GuestContext extends Executor {
  /** What the host sees of guests; null without a chat. */
  guests(): Guests | null;
  /** `5 minutes ago` */
  agoText(wallMs: number): string;
  readonly drawCode: DrawCode;
}

/** Commands about people who join by browser. */
export const guestCommands: readonly ChatCommand<GuestContext>[] = chatCommandsOf(guestRows, {
  guests,
  'guest-limit': limit,
  'guest-asks': (context, { choice }) =>
    executed(context, { type: 'ask-for-guests', asks: choice === 'on' }, [
      choice === 'on'
        ? 'You let each new guest in, also one with the link.'
        : 'Each person that has the link can come in.',
    ]),
  admit: (context, { number }) =>
    executed(context, { type: 'admit-guest', number }, [`${nameOf(context, number)} can come in.`]),
  remove: (context, { number }) =>
    executed(context, { type: 'remove-guest', number }, [
      `${nameOf(context, number)} is sent away, and may ask again.`,
    ]),
  bar: (context, { number }) =>
    executed(context, { type: 'bar-guest', number }, [
      `${nameOf(context, number)} is sent away, and cannot come back with this browser.`,
    ]),
});

async function guests(context: GuestContext, { choice }: CommandArguments): Promise<Lines> {
  switch (choice) {
    case 'on':
      return (await refusalOf(context, { type: 'take-guests', on: true })) ?? linkLines(context);
    case 'new':
      return (await refusalOf(context, { type: 'new-guest-link' })) ?? linkLines(context);
    case 'off':
      return executed(context, { type: 'take-guests', on: false }, [
        'No guests can come, and the link no longer works. Your guests can come back after guests on.',
      ]);
    default:
      return list(context);
  }
}

async function refusalOf(
  context: GuestContext,
  command: { readonly type: 'take-guests'; readonly on: true } | { readonly type: 'new-guest-link' },
): Promise<Lines | undefined> {
  const answer = await context.execute(command);
  return answer.status === 'refused' ? [answer.sentence] : undefined;
}

function linkLines(context: GuestContext): Promise<Lines> {
  const view = context.guests();
  return view === null
    ? Promise.resolve([errors['not-joined'].sentence])
    : guestLinkLines(view, context.drawCode);
}

async function list(context: GuestContext): Promise<Lines> {
  const view = context.guests();
  if (view === null) return [errors['not-joined'].sentence];
  const people = view.guests.map(({ number, name, state, host, sinceMs }) => {
    const seen = stateText(state, context.agoText(sinceMs));
    return `${number} | ${shownName(name)} | ${host === null ? seen : `${seen}, at ${host}`}`;
  });
  const waiting = view.waiting.map(
    ({ number, name, host, words, hasLink }) =>
      `${number} | ${safeLine(name)} | waits at ${host}${hasLink ? '' : ', without the link'} | ${words}`,
  );
  const count = `${view.guests.length} of at most ${view.limit} guests`;
  return [
    ...(await guestLinkLines(view, context.drawCode)),
    people.length + waiting.length === 0 ? 'There are no guests.' : `${count}:`,
    ...people,
    ...waiting,
  ];
}

function limit(context: GuestContext, { number }: CommandArguments): Lines | Promise<Lines> {
  if (number < 1 || number > guestsMax)
    return [`The number of guests is a whole number from 1 to ${guestsMax}.`];
  return executed(context, { type: 'limit-guests', limit: number }, [
    `At most ${number} guests can come. No guest that is there has to go.`,
  ]);
}

function stateText(state: Guests['guests'][number]['state'], since: string): string {
  switch (state) {
    case 'here':
      return `here, came ${since}`;
    case 'away':
      return `away, last seen ${since}`;
    case 'choosing':
      return `is choosing a nickname, came ${since}`;
    default:
      return state satisfies never;
  }
}

function shownName(name: string): string {
  return name === '' ? 'New guest' : safeLine(name);
}

/** The name before the command. */
function nameOf(context: GuestContext, number: number): string {
  const view = context.guests();
  const all = [...(view?.guests ?? []), ...(view?.waiting ?? [])];
  return shownName(all.find((each) => each.number === number)?.name ?? `Number ${number}`);
}
