import type { AppSource } from './web-app.ts';

/** Header names and values, as `writeHead` takes them. */
export type Headers = Readonly<Record<string, string>>;

/**
 * The headers of every answer, also of those that Node or Fastify give by themselves. There is no certificate for
 * 127.0.0.1 or an address of a local network, so the browser must not be told to use HTTPS.
 * @param ownSocketOrigin `ws:` with host and port of the page, for browsers that may be older than that of this computer
 */
export function securityHeaders(source: AppSource, ownSocketOrigin?: string): Headers {
  return {
    'content-security-policy': contentSecurityPolicy(source, ownSocketOrigin),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

/** What a page of the app may do: talk to its own origin, and nothing else. */
function contentSecurityPolicy(source: AppSource, ownSocketOrigin: string | undefined): string {
  const isBuilt = source.type === 'static';
  const directives = [
    "default-src 'none'",
    "script-src 'self'",
    // vite puts styles into the page by script, and its hot reload has a WebSocket on a port of its own.
    isBuilt ? "style-src 'self'" : "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    // CSP 3 section 6.7.2.8: 'self' of an http page matches ws of the same host and port, too.
    // Safari has done so since version 15.4.
    isBuilt ? ["connect-src 'self'", ownSocketOrigin ?? ''].join(' ').trimEnd() : "connect-src 'self' ws:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  // Svelte makes its templates by this policy. No other text becomes markup. vite's hot reload makes markup of its own.
  if (isBuilt) directives.push("require-trusted-types-for 'script'", 'trusted-types svelte-trusted-html');
  return directives.join(';');
}
