import { afterEach, describe, expect, it } from 'vitest';
import type { Address } from '../../shared/address.ts';
import { PortUnavailableError, sourceHost, UdpSocket } from './udp-socket.ts';

const open: UdpSocket[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
});

async function openOnLoopback(port = 0, ipv6Host: string | null = null): Promise<UdpSocket> {
  const socket = await UdpSocket.open({ port, ipv4Host: '127.0.0.1', ipv6Host });
  open.push(socket);
  return socket;
}

function nextDatagram(socket: UdpSocket): Promise<{ from: Address; bytes: Uint8Array }> {
  return new Promise((resolve) => {
    socket.onDatagram = (from, bytes) => resolve({ from, bytes });
  });
}

describe('UdpSocket', () => {
  it('carries datagrams and reports their source', async () => {
    const [one, other] = [await openOnLoopback(), await openOnLoopback()];
    expect(one.port).toBeGreaterThan(0);
    const arrived = nextDatagram(other);
    one.send({ host: '127.0.0.1', port: other.port }, Uint8Array.of(1, 2, 3));
    const { from, bytes } = await arrived;
    expect(from).toEqual({ host: '127.0.0.1', port: one.port });
    expect([...bytes]).toEqual([1, 2, 3]);
  });

  it('carries IPv6 on the same port where the machine has it', async () => {
    const [one, other] = [await openOnLoopback(0, '::1'), await openOnLoopback(0, '::1')];
    if (!one.hasIpv6) {
      one.send({ host: '::1', port: other.port }, Uint8Array.of(7));
      expect(one.counters.unsent).toBe(1);
      return;
    }
    const arrived = nextDatagram(other);
    one.send({ host: '::1', port: other.port }, Uint8Array.of(7));
    expect(await arrived).toEqual({ from: { host: '::1', port: one.port }, bytes: Uint8Array.of(7) });
  });

  it('names the port that another program uses', async () => {
    const { port } = await openOnLoopback();
    const error = await UdpSocket.open({ port, ipv4Host: '127.0.0.1', ipv6Host: null }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(PortUnavailableError);
    expect(error).toMatchObject({ port, reason: 'in-use', message: `UDP port ${port} is in use` });
  });

  it('distinguishes a foreign address from a port in use', async () => {
    const opening = UdpSocket.open({ port: 0, ipv4Host: '192.0.2.1', ipv6Host: null });
    await expect(opening).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  it('counts datagrams that cannot be sent, and continues', async () => {
    const [one, other] = [await openOnLoopback(), await openOnLoopback()];
    one.send({ host: '2001:db8::1', port: 5 }, Uint8Array.of(1));
    expect(one.counters.unsent).toBe(1);
    // Too long for any UDP datagram; a port without a listener; an invalid port.
    one.send({ host: '127.0.0.1', port: other.port }, new Uint8Array(70_000));
    const closed = await openOnLoopback();
    await closed.close();
    one.send({ host: '127.0.0.1', port: closed.port }, Uint8Array.of(1));
    one.send({ host: '127.0.0.1', port: 70_000 }, Uint8Array.of(1));
    const arrived = nextDatagram(other);
    one.send({ host: '127.0.0.1', port: other.port }, Uint8Array.of(9));
    expect([...(await arrived).bytes]).toEqual([9]);
    expect(one.counters.sendErrors).toBe(2);
  });

  it('names a source in canonical form, and keeps the interface of a link-local one', () => {
    expect(['::ffff:10.0.0.1', 'FE80::0001%eth0', '::1', 'nonsense', 'x%eth0'].map(sourceHost)).toEqual([
      '10.0.0.1',
      'fe80::1%eth0',
      '::1',
      undefined,
      undefined,
    ]);
  });

  it('sends nothing after it was closed, and closes twice', async () => {
    const socket = await openOnLoopback();
    await socket.close();
    await socket.close();
    socket.send({ host: '127.0.0.1', port: 9 }, Uint8Array.of(1));
    expect(socket.counters.unsent).toBe(1);
  });
});
