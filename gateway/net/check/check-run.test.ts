import { describe, expect, it } from 'vitest';
import type { Address } from '../../../shared/address.ts';
import type { CheckReport } from '../../../shared/check/connection-check.ts';
import { ConnectionCheck } from '../../check/connection-check.ts';
import { keyPairOf, transportCrypto } from '../../crypto/crypto.ts';
import { freeUdpPort } from '../../system-tests/free-port.ts';
import { Endpoint } from '../../transport/endpoint.ts';
import { SystemClock } from '../clock.ts';
import { Driver } from '../driver.ts';
import { secureRandom } from '../random.ts';
import { UdpSocket } from '../udp-socket.ts';
import { CheckRun } from './check-run.ts';

const newEndpoint = (): Endpoint =>
  new Endpoint({ keys: keyPairOf(secureRandom(32)), crypto: transportCrypto, random: secureRandom });

/** Real sockets, on the loopback of this machine alone. Resolves with the last report. */
function checkOf(addresses: readonly Address[]): Promise<CheckReport> {
  const check = new ConnectionCheck({
    targets: addresses.map((address) => ({ address, channel: 'typed' })),
    expected: { role: 'server', named: null },
    links: [],
    machine: { networks: [], firewall: null, hasVpn: false },
    connectedAt: null,
    asksOtherSide: false,
    newEndpoint,
    random: secureRandom,
    verify: () => false,
  });
  return new Promise((resolve) => {
    const onReport = (report: CheckReport): void => {
      if (report.phase === 'over') resolve(report);
    };
    void new CheckRun({ check, clock: new SystemClock(), onReport }).start();
  });
}

async function startEndpoint(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
  const endpoint = newEndpoint();
  const driver = new Driver({
    socket,
    clock: new SystemClock(),
    conditioner: null,
    endpoint: {
      handleDatagrams: ({ monotonicMs }, datagrams) => {
        for (const { from, bytes } of datagrams) endpoint.handleDatagram(monotonicMs, from, bytes);
      },
      handleTimeout: ({ monotonicMs }) => endpoint.handleTimeout(monotonicMs),
      pollTransmit: () => endpoint.pollTransmit(),
      pollTimeout: () => endpoint.pollTimeout(),
    },
  });
  return { port: socket.port, close: () => driver.close() };
}

describe('a check over real sockets', () => {
  it('hears a program that answers, and a system that refuses a port', async () => {
    const peer = await startEndpoint();
    const closed = await freeUdpPort();
    const report = await checkOf([
      { host: '127.0.0.1', port: peer.port },
      { host: '127.0.0.1', port: closed },
    ]);
    expect(report.attempts.map(({ state }) => state)).toEqual(['answered', 'refused']);
    await peer.close();
  });
});
