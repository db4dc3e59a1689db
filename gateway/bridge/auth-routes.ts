import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { BrowserAuth } from './browser-auth.ts';
import { refuse } from './refusals.ts';

/** Browsers keep a cookie for at most 400 days (RFC 6265bis section 5.5). Each visit starts them again. */
const cookieMaxAgeSeconds = 400 * 24 * 60 * 60;

const EnterSchema = Type.Object({ secret: Type.String({ minLength: 1, maxLength: 128 }) });

export type Guard = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

export interface AuthRoutesOptions {
  readonly auth: () => BrowserAuth;
  readonly requireOrigin: Guard;
}

/** Adds `/api/session`: exchanges a link's secret for a cookie, and tells whether a browser's cookie is valid. */
export function addAuthRoutes(app: FastifyInstance, { auth, requireOrigin }: AuthRoutesOptions): void {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  const schema = { body: EnterSchema };
  typed.post('/api/session', { schema, onRequest: requireOrigin }, (request, reply) => {
    const token = tokenOf(request, auth());
    const entry = auth().enter(request.body.secret, token);
    switch (entry.type) {
      case 'granted':
        return letIn(reply, auth(), entry.token);
      case 'known':
        return letIn(reply, auth(), token);
      case 'refused':
        return refuse(reply, 'link-not-valid');
      default:
        return entry satisfies never;
    }
  });

  typed.get('/api/session', (request, reply) => {
    const token = tokenOf(request, auth());
    return auth().isValidToken(token) ? letIn(reply, auth(), token) : refuse(reply, 'session-required');
  });
}

export function requireAuth(auth: () => BrowserAuth): Guard {
  return (request, reply, done) => {
    if (auth().isValidToken(tokenOf(request, auth()))) done();
    else refuse(reply, 'session-required');
  };
}

function tokenOf(request: FastifyRequest, auth: BrowserAuth): string | undefined {
  return request.cookies[auth.cookieName];
}

function letIn(reply: FastifyReply, auth: BrowserAuth, token: string | undefined): FastifyReply {
  if (token !== undefined) {
    reply.setCookie(auth.cookieName, token, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      maxAge: cookieMaxAgeSeconds,
    });
  }
  return reply.header('cache-control', 'no-store').send({ status: 'ok' });
}
