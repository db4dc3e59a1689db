import fs from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { errors } from '../../shared/errors.ts';
import { eventually } from './eventually.ts';
import { GatewayProcess } from './gateway-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The longest waits that the C library allows: it asks these servers for 450 s, which is longer than a test may take. */
const resolvConf = `${[1, 2, 3].map((last) => `nameserver 127.0.0.${last}\n`).join('')}options timeout:30 attempts:5\n`;

it('a name server without an answer does not keep the program from ending', async () => {
  const folder = temporaryFolder();
  const etc = path.join(folder, 'etc');
  // A machine may have no resolv.conf, or a link in its place, and may ask something else before a name server.
  fs.cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true });
  for (const name of ['resolv.conf', 'nsswitch.conf']) fs.rmSync(path.join(etc, name), { force: true });
  fs.writeFileSync(path.join(etc, 'resolv.conf'), resolvConf);
  fs.writeFileSync(path.join(etc, 'nsswitch.conf'), 'hosts: files dns\n');
  const script = [
    'ip link set lo up',
    'nft add table ip silent',
    'nft "add chain ip silent in { type filter hook input priority 0 ; }"',
    'nft add rule ip silent in udp dport 53 drop',
    `mount --bind ${etc} /etc`,
    'exec "$@"',
  ].join('\n');
  const within = ['unshare', '--net', '--mount', 'sh', '-ec', script, 'sh'];
  const client = new GatewayProcess(
    'alice',
    ['-c', 'alice', 'chat.example', '50000', '0', '--data', path.join(folder, 'data')],
    () => undefined,
    within,
  );
  client.start();
  onTestFinished(() => client.kill());
  await eventually(() => expect(client.stderr.join('\n')).toContain(errors['host-name-slow'].sentence));
  expect(await client.stop()).not.toBeNull();
});
