import { conversationKindSchemas } from './content-kinds.ts';
import type { Grease } from './grease.ts';

/** PROTOCOL 6.101: a client with it takes `typing` and `room-member-typing`, a server with it `room-typing`. */
export const typingFeature = 'typing';

/** PROTOCOL 6.110: a client with it answers `check-request`, a server with it passes on both kinds of a check. */
export const checkFeature = 'check';

/**
 * Abilities of a client or a server beyond the rules of this version. Each tells its list at the registration, and the server
 * hands on those of the clients. A later version adds rows. A sender uses a feature only with a peer that has named it.
 */
const features: readonly (readonly [name: string, of: 'client' | 'server'])[] = [
  /** Shows contents of this kind. */
  ...Object.keys(conversationKindSchemas).map((kind) => [`content-${kind}`, 'client'] as const),
  [typingFeature, 'client'],
  [typingFeature, 'server'],
  [checkFeature, 'client'],
  [checkFeature, 'server'],
];

/** Returns the features of this program in one role, sorted. */
export function featuresOf(role: 'client' | 'server', grease: Grease | null): string[] {
  const own = features.filter(([, of]) => of === role).map(([feature]) => feature);
  return (grease === null ? own : [...own, grease.feature]).toSorted();
}
