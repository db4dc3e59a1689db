import { networkInterfaces } from 'node:os';

/**
 * Returns the interfaces of this machine. The system refuses to list them when the process has no file descriptor left, and
 * Android always does. The chat then goes on with the list that it had.
 */
export const systemInterfaces = orTheLast(() => networkInterfaces(), {});

/** Returns a function that returns what `read` returns and, where that throws, what it returned before. */
export function orTheLast<Value>(read: () => Value, first: Value): () => Value {
  let last = first;
  return () => {
    try {
      last = read();
    } catch {
      // The next call may succeed.
    }
    return last;
  };
}
