import { isLoopback } from '../../../shared/address.ts';
import type { MachineFacts } from '../../../shared/check/connection-check.ts';
import { interfaceAddresses } from '../interfaces.ts';
import { findFirewall } from './firewall.ts';

/** What this machine knows about its networks and its firewall. */
export async function machineFacts(): Promise<MachineFacts> {
  const networks = interfaceAddresses().filter(({ host }) => !isLoopback(host));
  return {
    networks,
    firewall: await findFirewall(),
    hasVpn: networks.some(({ network }) => network === 'vpn'),
  };
}
