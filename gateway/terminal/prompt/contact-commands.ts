import type { PeerKey } from '../../../shared/ids.ts';
import { contactRows } from '../command-rows.mjs';
import {
  contactCommandsOf,
  executed,
  type ContactCommand,
  type Lines,
  type PromptContext,
} from './prompt-command.ts';

/** Commands about one contact: its keys, and the connection with it. */
export const contactCommands: readonly ContactCommand[] = contactCommandsOf(contactRows, {
  safety: safetyNumbers,
  verify: (context, peer) =>
    executed(context, { type: 'set-verified', peer, verified: true }, [
      `The safety number with ${context.model.nicknameOf(peer)} is now marked as compared.`,
    ]),
  unverify: (context, peer) =>
    executed(context, { type: 'set-verified', peer, verified: false }, [
      `The safety number with ${context.model.nicknameOf(peer)} is no longer marked as compared.`,
    ]),
  block: (context, peer) => {
    const nickname = context.model.nicknameOf(peer);
    return executed(context, { type: 'block', peer }, [
      `You have blocked ${nickname}. Nothing goes to them, and their messages are not shown.`,
      `They still see when you are online. To undo this, type unblock ${context.model.isNamed(peer) ? nickname : peer}.`,
    ]);
  },
  unblock,
  allow: (context, peer) => {
    const nickname = context.model.nicknameOf(peer);
    return executed(context, { type: 'allow', peer }, [
      `You have allowed ${nickname}. All their messages are taken, also those that wait.`,
    ]);
  },
  accept: (context, peer) => decideOnKey(context, peer, 'accept-key'),
  refuse: (context, peer) => decideOnKey(context, peer, 'refuse-key'),
  classic: (context, peer, { choice }) =>
    executed(context, { type: 'set-classic', peer, classic: choice === 'on' }, [
      `Stop-and-wait with ${context.model.nicknameOf(peer)} is ${choice ?? 'off'}.`,
    ]),
});

async function safetyNumbers(context: PromptContext, peer: PeerKey): Promise<Lines> {
  const conflict = context.model.conflictingKeysOf(peer);
  const nickname = context.model.nicknameOf(peer);
  const lines = await safetyNumber(context, peer, `Safety number with ${nickname}`);
  const guestNotice = context.model.guestNoticeOf(peer);
  if (guestNotice !== undefined) lines.push(guestNotice);
  if (context.model.isVerified(peer)) lines.push('You have compared this number, and it matched.');
  if (conflict?.old === peer) {
    const heading = `Safety number with the new key of ${nickname}`;
    lines.push(...(await safetyNumber(context, conflict.new, heading)));
  }
  return lines;
}

async function safetyNumber(context: PromptContext, peer: PeerKey, heading: string): Promise<string[]> {
  const answer = await context.execute({ type: 'safety-number', peer });
  if (answer.status === 'refused') return [answer.sentence];
  const { groups } = answer.result;
  return [
    `${heading}. If the other screen shows a different one, someone may be intercepting your messages:`,
    ...[0, 4, 8].map((from) => `  ${groups.slice(from, from + 4).join(' ')}`),
  ];
}

async function unblock(context: PromptContext, peer: PeerKey): Promise<Lines> {
  const nickname = context.model.nicknameOf(peer);
  const answer = await context.execute({ type: 'blocked-keys' });
  if (answer.status === 'refused') return [answer.sentence];
  if (!answer.result.keys.includes(peer)) return [`${nickname} is not blocked.`];
  return executed(context, { type: 'unblock', peer }, [
    `${nickname} is no longer blocked. What they sent while they were blocked stays gone.`,
  ]);
}

async function decideOnKey(
  context: PromptContext,
  peer: PeerKey,
  type: 'accept-key' | 'refuse-key',
): Promise<Lines> {
  const conflict = context.model.conflictingKeysOf(peer);
  if (conflict === undefined)
    return [`There is no pending key change for ${context.model.nicknameOf(peer)}.`];
  const nickname = context.model.nicknameOf(conflict.old);
  // The prompt prints the effect of a refusal when its event arrives.
  const whenDone = type === 'accept-key' ? [`You accepted the new key of ${nickname}.`] : [];
  return executed(context, { type, peer: conflict.old, key: conflict.new }, whenDone);
}
