import { createInterface } from 'node:readline';
import { Writable, type Readable } from 'node:stream';

export interface SecretQuestion {
  readonly input: Readable;
  readonly output: Writable;
  readonly question: string;
  /** The user pressed Ctrl-C, which the terminal does not turn into a signal in the meantime. */
  readonly onInterrupt: () => void;
}

/** Asks on a terminal, and shows nothing of what the user types. Undefined when the user gives no answer. */
export function askSecret({
  input,
  output,
  question,
  onInterrupt,
}: SecretQuestion): Promise<string | undefined> {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  // The echo is off before the question, so that a user who types ahead sees nothing either.
  const readline = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  output.write(question);
  return new Promise((resolve) => {
    readline.once('line', (text) => {
      resolve(text);
      readline.close();
    });
    readline.once('SIGINT', () => {
      readline.close();
      onInterrupt();
    });
    readline.once('close', () => {
      output.write('\n');
      resolve(undefined);
    });
  });
}
