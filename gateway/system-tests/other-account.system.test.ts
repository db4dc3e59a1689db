import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startGateway } from '../gateway.ts';
import { needs } from './needs.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The account without rights that every Linux has. */
const otherUid = 65_534;

/**
 * Asks the gateway from another process, under another account if `uid` is not 0. The process changes its account by itself,
 * because another account may not read this folder.
 */
const program = `
const { get } = require('node:http');
const [uid, url] = [Number(process.argv[1]), process.argv[2]];
if (uid !== 0) { process.setgid(uid); process.setuid(uid); }
const origin = url.slice(0, -1);
const upgrade = {
  connection: 'upgrade', upgrade: 'websocket', origin,
  'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};
const ask = (path, headers) => new Promise((resolve, reject) => {
  get(url + path, { headers, agent: false }, (response) => {
    let body = '';
    response.on('data', (chunk) => (body += chunk));
    response.on('end', () => resolve([response.statusCode, body.includes('other-account')]));
  }).on('error', reject);
});
(async () => {
  const answers = [await ask('healthz', {}), await ask('api/session', {}), await ask('api/ws', upgrade)];
  console.log(JSON.stringify(answers));
})();
`;

it('a program under another account of this computer gets nothing from the gateway, not even through a WebSocket', async () => {
  needs('root on Linux', 'util-linux', () => {
    if (process.platform !== 'linux' || process.geteuid?.() !== 0) throw new Error('not root');
  });
  for (const host of ['127.0.0.1', '::1']) {
    const gateway = await startGateway({
      role: { type: 'app' },
      dataRoot: temporaryFolder(),
      http: { host, port: 0, portMayMove: false },
      lab: null,
      discovery: false,
      profile: 'normal',
      logLevel: 'error',
      guests: false,
      guestsAt: null,
      guestPage: temporaryFolder(),
      app: { type: 'static', folder: temporaryFolder() },
      version: '0.0.0',
    });
    onTestFinished(() => gateway.close());
    const refused = [403, true];
    expect(await askAs(otherUid, gateway.url())).toEqual([refused, refused, refused]);
    expect(await askAs(0, gateway.url())).toEqual([
      [200, false],
      [401, false],
      [401, false],
    ]);
  }
});

async function askAs(uid: number, url: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, String(uid), url]);
  return JSON.parse(stdout);
}
