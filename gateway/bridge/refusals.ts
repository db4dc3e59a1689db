import type { FastifyReply } from 'fastify';

/**
 * What the bridge's HTTP door refuses. A table of its own beside shared/errors.ts: these never come as the
 * answer of a command, only as the body `{ code, sentence, retry }` of an HTTP response.
 */
export const refusals = {
  'host-not-allowed': {
    status: 403,
    sentence: 'Chatagram does not answer under this name; open the address that it printed.',
    retry: false,
  },
  'origin-not-allowed': {
    status: 403,
    sentence: 'Only pages that this Chatagram served may talk to it.',
    retry: false,
  },
  'session-required': {
    status: 401,
    sentence:
      'This browser is not let in yet. Press Enter in the terminal where Chatagram runs, and open the new link.',
    retry: false,
  },
  'link-not-valid': {
    status: 401,
    sentence:
      'This link was used already. Press Enter in the terminal where Chatagram runs, and open the new link.',
    retry: false,
  },
  'too-many-tabs': { status: 503, sentence: 'Too many tabs are open; close one of them.', retry: true },
  'malformed-request': { status: 400, sentence: 'The gateway could not read this request.', retry: false },
  'not-found': { status: 404, sentence: 'There is nothing here.', retry: false },
  'app-not-built': { status: 404, sentence: 'The app is not built; start with `npm start`.', retry: false },
  internal: { status: 500, sentence: 'A fault in the program; the log says more.', retry: true },
} as const satisfies Record<string, { status: number; sentence: string; retry: boolean }>;

export type RefusalCode = keyof typeof refusals;

/** Answers with the refusal; `status` only where the cause has a more exact one (413, 415 ...). */
export function refuse(reply: FastifyReply, code: RefusalCode, status?: number): FastifyReply {
  const refusal = refusals[code];
  return reply
    .code(status ?? refusal.status)
    .header('cache-control', 'no-store')
    .send({ code, sentence: refusal.sentence, retry: refusal.retry });
}
