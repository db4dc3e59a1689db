import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from '../shared/bridge/commands.ts';
import type { Gateway } from './gateways.ts';

const lookMs = 100;

/** Lets guests come to a gateway that is told in JSON lines what to do. `limit`: how many. */
export function takeGuests(host: Gateway, limit?: number): void {
  const tell = (id: string, command: Command): void => host.write(JSON.stringify({ id, command }));
  tell('on', { type: 'take-guests', on: true });
  if (limit !== undefined) tell('limit', { type: 'limit-guests', limit });
}

/** Waits until the gateway has told its link for guests. */
export async function guestLinkOf(host: Gateway): Promise<string> {
  for (;;) {
    const link = host.stdout.map((line) => /"link":"(http:[^"]+)"/u.exec(line)?.[1]).findLast(Boolean);
    if (link !== undefined) return link;
    await delay(lookMs);
  }
}
