import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { IncomingMessage, ServerResponse } from 'node:http';
import staticFiles from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './refusals.ts';

/** Where the web app comes from. */
export type AppSource =
  /** What `vite build` made. */
  | { readonly type: 'static'; readonly folder: string }
  /** Development: vite's middlewares, which transform and hot-reload. */
  | { readonly type: 'middleware'; readonly handler: ConnectHandler };

type ConnectHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

export async function serveApp(app: FastifyInstance, source: AppSource): Promise<void> {
  if (source.type === 'middleware') {
    serveMiddleware(app, source.handler);
    return;
  }
  await app.register(staticFiles, {
    root: source.folder,
    cacheControl: false,
    dotfiles: 'ignore',
    // The build has each file as brotli and gzip too (scripts/web-app/precompressed.ts).
    preCompressed: true,
    suppressWarning: true,
    setHeaders: (reply, path) => void reply.header('cache-control', cachingOf(path)),
  });
  app.setNotFoundHandler((request, reply) => {
    if (!isPageOfTheApp(request)) return refuse(reply, 'not-found');
    if (!existsSync(join(source.folder, 'index.html'))) return refuse(reply, 'app-not-built');
    return reply.sendFile('index.html');
  });
}

/** Built files carry the hash of their content in their name; all others may change with the next build. */
export function cachingOf(path: string): string {
  return path.includes(`${sep}assets${sep}`) ? 'public, max-age=31536000, immutable' : 'no-store';
}

/**
 * Each conversation has a URL, and the app itself knows which: so what a browser navigates to is the app.
 * A nickname may contain a dot, so a dot alone does not make the name of a file.
 */
function isPageOfTheApp(request: FastifyRequest): boolean {
  const [path = ''] = request.url.split('?', 1);
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  if (/^\/(?:api|assets|transfer)\//u.test(path)) return false;
  const isNavigation = request.headers.accept?.includes('text/html') === true;
  return isNavigation || !/\.[^/]*$/.test(path);
}

function serveMiddleware(app: FastifyInstance, handler: ConnectHandler): void {
  app.get('/*', (request, reply) => {
    // vite answers by itself; what the hooks have put on Fastify's reply has to go with it.
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.hijack();
    handler(request.raw, reply.raw, (error) => endUnanswered(request, reply, error));
  });
  app.setNotFoundHandler((_request, reply) => refuse(reply, 'not-found'));
}

function endUnanswered(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  if (error !== undefined) request.log.error(error, 'the development server failed');
  reply.raw.statusCode = error === undefined ? 404 : 500;
  reply.raw.end();
}
