/**
 * Seeds that failed once, each with what it showed. A seed is a storm only as long as the storm draws in the same order:
 * whoever changes that runs many seeds anew.
 */
export const pinnedSeeds: Readonly<Record<'chat' | 'transport', readonly number[]>> = {
  chat: [],
  transport: [],
};
