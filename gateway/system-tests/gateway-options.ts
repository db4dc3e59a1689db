import type { GatewayOptions } from '../gateway.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Options of a gateway in a test: quiet, on any free web port, and with its data in a folder of its own. */
export function gatewayOptions(change: Partial<GatewayOptions> = {}): GatewayOptions {
  return {
    role: { type: 'app' },
    dataRoot: temporaryFolder(),
    http: { host: '127.0.0.1', port: 0, portMayMove: false },
    lab: null,
    discovery: false,
    profile: 'normal',
    logLevel: 'silent',
    guests: false,
    guestsAt: null,
    guestPage: temporaryFolder(),
    app: { type: 'static', folder: temporaryFolder() },
    version: 'test',
    ...change,
  };
}
