import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { isLoopback, parseHost } from '../../shared/address.ts';
import { PublicKeySchema } from '../../shared/bridge/proof-schemas.ts';
import type { BrowserAuth } from './browser-auth.ts';
import { browserName } from './browser-name.ts';
import { refuse } from './refusals.ts';

/** Browsers keep a cookie for at most 400 days (RFC 6265bis section 5.5). Each visit starts them again. */
const cookieMaxAgeSeconds = 400 * 24 * 60 * 60;

const publicKey = Type.Union([PublicKeySchema, Type.Null()]);
const EnterSchema = Type.Union([
  Type.Object({ secret: Type.String({ minLength: 1, maxLength: 128 }), publicKey }),
  Type.Object({ code: Type.String({ minLength: 1, maxLength: 128 }), publicKey }),
]);

export type Guard = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

export interface AuthRoutesOptions {
  readonly auth: () => BrowserAuth;
  readonly requireOrigin: Guard;
}

/** Adds `/api/session`: exchanges a link's secret or its code for a cookie, and tells whether a browser's cookie is valid. */
export function addAuthRoutes(app: FastifyInstance, { auth, requireOrigin }: AuthRoutesOptions): void {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  const schema = { body: EnterSchema };
  typed.post('/api/session', { schema, onRequest: requireOrigin }, (request, reply) => {
    const { body } = request;
    if (body.publicKey === null && hasKeys(request.headers.origin)) return refuse(reply, 'malformed-request');
    const entry = auth().enter({
      credential: body,
      publicKey: body.publicKey,
      name: browserName(request.headers['user-agent']),
      token: tokenOf(request, auth()),
    });
    switch (entry.type) {
      case 'granted':
        setCookie(reply, auth(), entry.token);
        return reply
          .header('cache-control', 'no-store')
          .send({ gatewayKey: auth().gatewayKey, browser: entry.browserId });
      case 'link-not-valid':
      case 'code-not-valid':
        return refuse(reply, entry.type);
      case 'key-not-valid':
        return refuse(reply, 'malformed-request');
      default:
        return entry satisfies never;
    }
  });

  typed.get('/api/session', (request, reply) => {
    const token = tokenOf(request, auth());
    if (token === undefined || browserIdOf(request, auth()) === undefined)
      return refuse(reply, 'session-required');
    setCookie(reply, auth(), token);
    return reply.header('cache-control', 'no-store').send({ status: 'ok' });
  });
}

export function requireAuth(auth: () => BrowserAuth): Guard {
  return (request, reply, done) => {
    if (browserIdOf(request, auth()) === undefined) refuse(reply, 'session-required');
    else done();
  };
}

/** The cookie tells which browser asks. It has not proved its key yet. */
export function browserIdOf(request: FastifyRequest, auth: BrowserAuth): string | undefined {
  return auth.browserId(tokenOf(request, auth));
}

/**
 * Browsers give keys to pages of this computer. To a page over the network they give none, because http does not protect it.
 * (Secure Contexts, section 3.1: an origin is potentially trustworthy if its host is a loopback address or localhost.)
 */
function hasKeys(origin: string | undefined): boolean {
  const { hostname } = new URL(origin ?? 'http://localhost');
  const host = parseHost(hostname.replace(/^\[|\]$/gu, ''));
  return host !== undefined && isLoopback(host);
}

function tokenOf(request: FastifyRequest, auth: BrowserAuth): string | undefined {
  return request.cookies[auth.cookieName];
}

function setCookie(reply: FastifyReply, auth: BrowserAuth, token: string): void {
  reply.setCookie(auth.cookieName, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    maxAge: cookieMaxAgeSeconds,
  });
}
