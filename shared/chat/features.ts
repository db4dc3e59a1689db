import type { Grease } from './grease.ts';

/**
 * What a client or a server can do beyond the rules of this version. Each tells its list at the
 * registration, and the server hands on those of the clients. A later version adds rows. Nothing is sent to a peer that
 * needs a feature which the peer has not named.
 */
const features = {
  /** Shows contents of kind `text`. Each kind of content has such a feature. */
  'content-text': 'client',
} as const satisfies Record<string, 'client' | 'server'>;

/** Returns the features of this program in one role, sorted. */
export function featuresOf(role: 'client' | 'server', grease: Grease | null): string[] {
  const own = Object.entries<string>(features)
    .filter(([, of]) => of === role)
    .map(([feature]) => feature);
  return (grease === null ? own : [...own, grease.feature]).toSorted();
}
