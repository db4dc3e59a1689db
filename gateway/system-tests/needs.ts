/**
 * Runs a step that needs something of the machine. When the step fails, throws an error that says what is missing and
 * how to install it. System tests never skip.
 */
export function needs<Result>(what: string, packages: string, step: () => Result): Result {
  try {
    return step();
  } catch (cause) {
    throw new Error(`This test needs ${what}. Run it as root, after: apt-get install -y ${packages}`, {
      cause,
    });
  }
}
