import type { ChatState } from '../../../shared/model/chat.ts';

/** The key of a server, as its join address shows it. */
export interface ServerKey {
  readonly address: string;
  readonly fingerprint: string;
  /** Whether it is the server of the chat that is open. */
  readonly current: boolean;
}

/** Returns the servers with a known key: that of the open chat first, then those of the chats before. */
export function serverKeysOf({
  session,
  profiles,
}: Pick<ChatState, 'session' | 'profiles'>): readonly ServerKey[] {
  const found = new Map<string, ServerKey>();
  const known = [
    ...(session.phase === 'none' ? [] : [{ server: session.server, current: true }]),
    ...profiles.map(({ server }) => ({ server, current: false })),
  ];
  for (const { server, current } of known) {
    const { address, key: fingerprint } = server;
    // A server has one key, and may have had several addresses.
    if (fingerprint === undefined || found.has(fingerprint)) continue;
    found.set(fingerprint, { address, fingerprint, current });
  }
  return [...found.values()];
}
