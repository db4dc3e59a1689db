import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Headers } from './security-headers.ts';

/**
 * Refusals of HTTP requests. They have a table of their own beside shared/errors.ts: they are never the answer to a
 * command, only the body `{ code, sentence, retry }` of an HTTP response.
 */
export const refusals = {
  'other-account': {
    status: 403,
    sentence: 'This Chatagram runs under another account of this computer. Use the account that started it.',
    retry: false,
  },
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
      'This link was used, is older than 10 minutes, or a part of it is missing. Press Enter in the terminal where Chatagram runs, and open the new link.',
    retry: false,
  },
  'code-not-valid': {
    status: 401,
    sentence:
      'This code is wrong, was used, or is older than 10 minutes. Compare it with the terminal where Chatagram runs, or press Enter there for a new one.',
    retry: false,
  },
  'ticket-not-valid': {
    status: 404,
    sentence: 'This download was used, or is older than a minute. Ask for it again in Chatagram.',
    retry: false,
  },
  'too-many-tabs': { status: 503, sentence: 'Too many tabs are open. Close one of them.', retry: true },
  'too-many-requests': {
    status: 429,
    sentence: 'Too many requests came from your address. Wait a moment, then reload the page.',
    retry: true,
  },
  'malformed-request': { status: 400, sentence: 'The gateway could not read this request.', retry: false },
  'not-found': { status: 404, sentence: 'There is nothing here.', retry: false },
  'app-not-built': { status: 404, sentence: 'The app is not built. Start with `npm start`.', retry: false },
  internal: { status: 500, sentence: 'Something went wrong in the program. The log says more.', retry: true },
} as const satisfies Record<string, { status: number; sentence: string; retry: boolean }>;

export type RefusalCode = keyof typeof refusals;

/** Answers with the refusal. `status` is given only where the cause has a more exact one (413, 415 ...). */
export function refuse(reply: FastifyReply, code: RefusalCode, status?: number): FastifyReply {
  return reply
    .code(status ?? refusals[code].status)
    .header('cache-control', 'no-store')
    .send(bodyOf(code));
}

/** Returns the whole answer to a request that Node could not parse, or did not get in time. Then the connection ends. */
export function rawRefusal(headers: Headers, status: number): string {
  const body = JSON.stringify(bodyOf('malformed-request'));
  const all: Headers = {
    ...headers,
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
}

function bodyOf(code: RefusalCode): { code: RefusalCode; sentence: string; retry: boolean } {
  const { sentence, retry } = refusals[code];
  return { code, sentence, retry };
}
