import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Guard } from '../auth-routes.ts';
import { refuse } from '../refusals.ts';
import type { Tickets } from './tickets.ts';

/** The headers of a download, in place of those of a page. A browser saves it and never shows it. */
const downloadHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; sandbox",
} as const;

/**
 * Adds `/transfer/<ticket>`. A stream is made as fast as its reader takes it, and is never on the disk. If it fails in the middle,
 * the connection ends without the last chunk, so that the browser knows.
 */
export function addTransferRoutes(
  app: FastifyInstance,
  { tickets, requireAuth }: { readonly tickets: Tickets; readonly requireAuth: Guard },
): void {
  app.get<{ Params: { ticket: string } }>(
    '/transfer/:ticket',
    // A HEAD request would use up the ticket.
    { onRequest: requireAuth, exposeHeadRoute: false },
    (request, reply) => {
      const transfer = tickets.take(request.params.ticket, 'download');
      if (transfer === undefined) return refuse(reply, 'ticket-not-valid');
      const parts = Readable.from(transfer.parts(), { objectMode: true, highWaterMark: 1 });
      return reply
        .headers(downloadHeaders)
        .header('content-type', transfer.mediaType)
        .header('content-disposition', `attachment; filename="${transfer.fileName}"`)
        .send(parts);
    },
  );
}
