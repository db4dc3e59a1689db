import { V7Generator } from 'uuidv7';

/** RFC 9562 section 5.7: the time of a UUIDv7 is an unsigned number of 48 bits. */
const timeMax = 2 ** 48 - 1;

/**
 * Returns a source of UUIDv7 that ascend. A clock that stands before 1970, as after an empty battery, gives the earliest
 * time: an id has to be new, and its time is only a hint.
 */
export function idSource(wallMs: () => number): () => string {
  const generator = new V7Generator();
  return () => {
    const time = Math.min(Math.max(Math.floor(wallMs()), 1), timeMax);
    return generator.generateOrResetWithTs(time).toString();
  };
}
