import type { NetworkKind } from '../../shared/network-kind.ts';

/** No system tells what an interface is for. Its name does, because each program names its interfaces in its own way. */
const kindsByName: readonly (readonly [NetworkKind, RegExp])[] = [
  // Docker names the bridge of a network of its own after 12 hex digits. Podman and Kubernetes do the same as Docker.
  [
    'docker',
    /^(docker|br-[0-9a-f]{12}$|veth(?!ernet)|podman|cni|flannel|cali[0-9a-f]|cilium|kube|nerdctl)/iu,
  ],
  [
    'vpn',
    /^(tun|tap|utun|wg|ppp|ipsec|tailscale|zt[0-9a-z]{8}|nordlynx|proton|mullvad|cscotun|gpd|vti|xfrm|hamachi|zerotier|wireguard|openvpn)/iu,
  ],
  ['vpn', /(tailscale|zerotier|wireguard|openvpn|wintun|tap-windows|anyconnect|fortinet|globalprotect)/iu],
  // Hyper-V and WSL; VMware; VirtualBox; libvirt; LXD; Parallels; AirDrop of macOS.
  [
    'virtual',
    /^(vethernet|vmnet|vmware|vboxnet|virtualbox|virbr|vnet\d|lxcbr|lxdbr|incusbr|mpqemubr|vnic|awdl|llw|anpi|dummy|ifb|waydroid)/iu,
  ],
  ['virtual', /(vmware|virtualbox|hyper-v|parallels)/iu],
];

/** Bridges with a name of the user's own: a network that also leads outside, or one of virtual machines alone. */
const bridge = /^br(-|\d|idge\d)/iu;

export function networkKindOf(
  interfaceName: string,
  { hasDefaultRoute }: { readonly hasDefaultRoute: boolean },
): NetworkKind {
  const named = kindsByName.find(([, pattern]) => pattern.test(interfaceName));
  if (named !== undefined) return named[0];
  return bridge.test(interfaceName) && !hasDefaultRoute ? 'virtual' : 'lan';
}
