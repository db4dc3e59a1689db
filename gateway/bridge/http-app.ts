import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import fastify, {
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { Headers } from './security-headers.ts';
import { rawRefusal, refuse } from './refusals.ts';

export interface RequestTiming {
  /** A connection that has not sent the headers of its request by then is closed. */
  readonly headersTimeoutMs: number;
  /** How often the connections are checked for it. */
  readonly checkIntervalMs: number;
}

const defaultRequestTiming: RequestTiming = { headersTimeoutMs: 5_000, checkIntervalMs: 1_000 };

/** Puts the headers on the answer, and refuses a request that must get no other answer. Else calls `next`. */
export type Admit = (request: FastifyRequest, reply: FastifyReply, next: () => void) => void;

/** A secret has 43 characters, a key 87. Nothing else is posted. */
const bodyBytesMax = 4 * 1024;

export interface HttpAppOptions {
  /** Of every answer. */
  readonly headers: Headers;
  readonly admit: Admit;
  /** Written to standard error, as JSON lines. */
  readonly log: { readonly level: string };
  readonly timing?: RequestTiming;
  /** Refuses a request before anything is done for it: then its connection is cut off. Left out: none is refused. */
  readonly takes?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** A connection on which nothing moves for so long is closed. Left out: none is. */
  readonly connectionTimeoutMs?: number;
}

/** Makes a web server that puts the headers on all answers, also on those that Node and Fastify give. */
export function makeHttpApp(options: HttpAppOptions): FastifyInstance {
  const { headers, admit, log, connectionTimeoutMs = 0, takes = () => true } = options;
  const { headersTimeoutMs, checkIntervalMs } = options.timing ?? defaultRequestTiming;
  const app = fastify({
    // Standard output belongs to the terminal's lines.
    logger: { level: log.level, stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    forceCloseConnections: true,
    // These two answers of Node and Fastify would lack the headers and the checks of all others.
    return503OnClosing: false,
    serverFactory: (handle) => {
      const server = createServer(
        {
          headersTimeout: headersTimeoutMs,
          // A body has at most a few KiB, so it comes soon after its headers.
          requestTimeout: 2 * headersTimeoutMs,
          keepAliveTimeout: headersTimeoutMs,
          connectionsCheckingInterval: checkIntervalMs,
          requireHostHeader: false,
        },
        (request, response) => {
          if (takes(request, response)) handle(request, response);
          else request.socket.destroy();
        },
      );
      return server.setTimeout(connectionTimeoutMs);
    },
    frameworkErrors: (_error, request, reply) => {
      admit(request, reply, () => refuse(reply, 'malformed-request'));
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(rawRefusal(headers, statusOfClientError(error)));
      socket.destroySoon();
    },
  });
  app.server.on('checkExpectation', (_request, response: ServerResponse) => {
    response.socket?.end(rawRefusal(headers, 417));
  });
  app.removeContentTypeParser('text/plain');
  // TypeBox checks its own schemas, so that Ajv need not be loaded.
  app.setValidatorCompiler<TSchema>(({ schema }) => (value: unknown) => {
    return Value.Check(schema, value) ? { value } : { error: new Error('not of this schema') };
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return refuse(reply, 'malformed-request', status);
    request.log.error(error);
    return refuse(reply, 'internal');
  });
  return app;
}

function statusOfClientError({ code }: { readonly code?: string }): number {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
}
