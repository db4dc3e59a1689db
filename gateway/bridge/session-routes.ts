import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { BrowserAuth } from './browser-auth.ts';
import { refuse } from './refusals.ts';

/** The longest that browsers keep a cookie (RFC 6265bis section 5.5: 400 days); each visit begins it anew. */
const cookieMaxAgeSeconds = 400 * 24 * 60 * 60;

const EnterSchema = Type.Object({ secret: Type.String({ minLength: 1, maxLength: 128 }) });

export type Guard = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

export interface SessionRoutesOptions {
  readonly access: () => BrowserAuth;
  readonly requireOrigin: Guard;
}

/** `/api/session`: a link's secret in, a cookie out; and whether the cookie that a browser has is good. */
export function addSessionRoutes(
  app: FastifyInstance,
  { access, requireOrigin }: SessionRoutesOptions,
): void {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  const schema = { body: EnterSchema };
  typed.post('/api/session', { schema, onRequest: requireOrigin }, (request, reply) => {
    const token = tokenOf(request, access());
    const entry = access().enter(request.body.secret, token);
    switch (entry.type) {
      case 'granted':
        return letIn(reply, access(), entry.token);
      case 'known':
        return letIn(reply, access(), token);
      case 'refused':
        return refuse(reply, 'link-not-valid');
      default:
        return entry satisfies never;
    }
  });

  typed.get('/api/session', (request, reply) => {
    const token = tokenOf(request, access());
    return access().isValidToken(token) ? letIn(reply, access(), token) : refuse(reply, 'session-required');
  });
}

export function requireSession(access: () => BrowserAuth): Guard {
  return (request, reply, done) => {
    if (access().isValidToken(tokenOf(request, access()))) done();
    else refuse(reply, 'session-required');
  };
}

function tokenOf(request: FastifyRequest, access: BrowserAuth): string | undefined {
  return request.cookies[access.cookieName];
}

function letIn(reply: FastifyReply, access: BrowserAuth, token: string | undefined): FastifyReply {
  if (token !== undefined) {
    reply.setCookie(access.cookieName, token, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      maxAge: cookieMaxAgeSeconds,
    });
  }
  return reply.header('cache-control', 'no-store').send({ status: 'ok' });
}
