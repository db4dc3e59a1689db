import type { ErrorCode } from '../../shared/errors.ts';

/**
 * Why a gateway did not start, for the person who started it: a port in use or restricted, a data folder in
 * use, a damaged or newer database. The program says the sentence, without a stack, and leaves with `exitCode`.
 */
export class StartError extends Error {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly exitCode = 1;

  constructor(code: ErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'StartError';
    this.code = code;
    this.sentence = sentence;
  }
}

/** `what` says whose port it is: "UDP port", "HTTP port". */
export function portUnavailable(what: string, port: number, cause?: unknown): StartError {
  return new StartError(
    'port-unavailable',
    `${what} ${port} is in use or restricted; choose another one, best from the dynamic range 49152 to 65535.`,
    { cause },
  );
}
