import { isLoopback } from '../../../shared/address.ts';
import type { FirewallName, MachineFacts } from '../../../shared/check/connection-check.ts';
import { interfaceAddresses } from '../interfaces.ts';
import { findFirewall } from './firewall.ts';

/** What this machine knows about its networks and its firewall. */
export async function machineFacts(): Promise<MachineFacts> {
  const networks = interfaceAddresses().filter(({ host }) => !isLoopback(host));
  return {
    networks,
    firewall: await firewallLately(),
    hasVpn: networks.some(({ network }) => network === 'vpn'),
  };
}

/** Others can ask for a check, too, and a look for a firewall can start a program. */
const lookEveryMs = 2_000;
let latest: { readonly atMs: number; readonly firewall: Promise<FirewallName | null> } | null = null;

function firewallLately(): Promise<FirewallName | null> {
  const nowMs = performance.now();
  if (latest === null || nowMs - latest.atMs >= lookEveryMs)
    latest = { atMs: nowMs, firewall: findFirewall() };
  return latest.firewall;
}
