import type { FastifyReply } from 'fastify';

/**
 * Refusals of HTTP requests. They have a table of their own beside shared/errors.ts: they are never the answer to a
 * command, only the body `{ code, sentence, retry }` of an HTTP response.
 */
export const refusals = {
  'host-not-allowed': {
    status: 403,
    sentence: 'Chatagram does not answer at this address. Open the link that it printed.',
    retry: false,
  },
  'origin-not-allowed': {
    status: 403,
    sentence: 'Only pages from this Chatagram may send requests to it.',
    retry: false,
  },
  'session-required': {
    status: 401,
    sentence:
      'This browser has no access yet. Open the link that the terminal printed, or press Enter there for a new one.',
    retry: false,
  },
  'link-not-valid': {
    status: 401,
    sentence:
      'This link has already been used, or a part of it is missing. Press Enter in the terminal where Chatagram runs, and open the new link.',
    retry: false,
  },
  'too-many-tabs': { status: 503, sentence: 'Too many tabs are open. Close one of them.', retry: true },
  'malformed-request': { status: 400, sentence: 'The gateway could not read this request.', retry: false },
  'not-found': { status: 404, sentence: 'There is nothing here.', retry: false },
  'app-not-built': { status: 404, sentence: 'The app is not built. Start with `npm start`.', retry: false },
  internal: { status: 500, sentence: 'Something went wrong in the program. The log says more.', retry: true },
} as const satisfies Record<string, { status: number; sentence: string; retry: boolean }>;

export type RefusalCode = keyof typeof refusals;

/** Answers with the refusal. `status` is given only where the cause has a more exact one (413, 415 ...). */
export function refuse(reply: FastifyReply, code: RefusalCode, status?: number): FastifyReply {
  const refusal = refusals[code];
  return reply
    .code(status ?? refusal.status)
    .header('cache-control', 'no-store')
    .send({ code, sentence: refusal.sentence, retry: refusal.retry });
}
