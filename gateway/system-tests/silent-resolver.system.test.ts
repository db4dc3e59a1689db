import fs from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { errors } from '../../shared/errors.ts';
import { eventually } from './eventually.ts';
import { GatewayProcess } from './gateway-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The longest waits that the C library allows: the name server is asked for 150 s. */
const resolvConf = 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n';
/** Less than that, and only against hanging. */
const timeoutMs = 100_000;

it(
  'a name server without an answer does not keep the program from ending',
  async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'resolv.conf'), resolvConf);
    const script = [
      'ip link set lo up',
      'nft add table ip silent',
      'nft "add chain ip silent in { type filter hook input priority 0 ; }"',
      'nft add rule ip silent in udp dport 53 drop',
      `mount --bind ${path.join(folder, 'resolv.conf')} /etc/resolv.conf`,
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
  },
  timeoutMs,
);
