import { describe, expect, it } from 'vitest';
import { networkKindOf } from './network-kind.ts';

describe('networkKindOf', () => {
  it.each([
    ['eth0', 'lan'],
    ['enp3s0', 'lan'],
    ['wlp2s0', 'lan'],
    ['wlan0', 'lan'],
    ['en0', 'lan'],
    ['Wi-Fi', 'lan'],
    ['Ethernet 2', 'lan'],
    ['LAN-Verbindung', 'lan'],
    ['bond0', 'lan'],
    ['ap0', 'lan'],
    ['docker0', 'docker'],
    ['docker_gwbridge', 'docker'],
    ['br-3f2a9c0b1d7e', 'docker'],
    ['veth1a2b3c4', 'docker'],
    ['podman0', 'docker'],
    ['tun0', 'vpn'],
    ['tap0', 'vpn'],
    ['utun3', 'vpn'],
    ['wg0', 'vpn'],
    ['wg-home', 'vpn'],
    ['tailscale0', 'vpn'],
    ['Tailscale', 'vpn'],
    ['ztabcdefgh', 'vpn'],
    ['OpenVPN TAP-Windows6', 'vpn'],
    ['virbr0', 'virtual'],
    ['vmnet8', 'virtual'],
    ['vboxnet0', 'virtual'],
    ['vEthernet (WSL)', 'virtual'],
    ['vEthernet (Default Switch)', 'virtual'],
    ['VMware Network Adapter VMnet1', 'virtual'],
    ['VirtualBox Host-Only Network', 'virtual'],
    ['lxdbr0', 'virtual'],
    ['br0', 'virtual'],
    ['br-lan', 'virtual'],
    ['bridge100', 'virtual'],
  ])('calls %s without a default route %s', (name, kind) => {
    expect(networkKindOf(name, { hasDefaultRoute: false })).toBe(kind);
  });

  it('takes a bridge with the default route for the real network, and a VPN never', () => {
    const kinds = ['br0', 'br-lan', 'eth0', 'tun0', 'docker0'].map((name) =>
      networkKindOf(name, { hasDefaultRoute: true }),
    );
    expect(kinds).toEqual(['lan', 'lan', 'lan', 'vpn', 'docker']);
  });
});
