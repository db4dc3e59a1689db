import { execFileSync } from 'node:child_process';
import { needs } from './needs.ts';

const programs = { ip: '/usr/sbin/ip', nft: '/usr/sbin/nft', sysctl: '/usr/sbin/sysctl' } as const;

/** Machines on switches: network namespaces of Linux, which a test makes and removes. */
export class LanLab {
  readonly #name: string;
  readonly #machines: LabMachine[] = [];
  #switches = 0;

  /** Throws where the system has no network namespaces, or the process is not root. */
  static make(): LanLab {
    const name = `cd${process.pid}`;
    needs('network namespaces', 'iproute2', () => run('ip', 'netns', 'add', name));
    return new LanLab(name);
  }

  private constructor(name: string) {
    this.#name = name;
  }

  /** A switch that floods multicast to all its ports. */
  addSwitch(): LabSwitch {
    const name = `sw${this.#switches++}`;
    run('ip', '-n', this.#name, 'link', 'add', name, 'type', 'bridge', 'mcast_snooping', '0');
    run('ip', '-n', this.#name, 'link', 'set', name, 'up');
    return new LabSwitch(this.#name, name);
  }

  addMachine(): LabMachine {
    const machine = new LabMachine(`${this.#name}-m${this.#machines.length}`);
    this.#machines.push(machine);
    return machine;
  }

  remove(): void {
    for (const name of [...this.#machines.map((machine) => machine.name), this.#name])
      run('ip', 'netns', 'del', name);
  }
}

export class LabSwitch {
  readonly namespace: string;
  readonly name: string;
  #ports = 0;

  constructor(namespace: string, name: string) {
    this.namespace = namespace;
    this.name = name;
  }

  /** Puts one end of a cable into the switch, and gives the other one to the machine. */
  addPort(machine: string, interfaceName: string): void {
    const port = `${this.name}p${this.#ports++}`;
    const peer = ['peer', 'name', interfaceName, 'netns', machine];
    run('ip', '-n', this.namespace, 'link', 'add', port, 'type', 'veth', ...peer);
    run('ip', '-n', this.namespace, 'link', 'set', port, 'master', this.name);
    run('ip', '-n', this.namespace, 'link', 'set', port, 'up');
  }
}

/** One machine with a loopback of its own. */
export class LabMachine {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    run('ip', 'netns', 'add', name);
    this.#ip('link', 'set', 'lo', 'up');
  }

  /** The words before a command that make it run on this machine. */
  get within(): readonly string[] {
    return [programs.ip, 'netns', 'exec', this.name];
  }

  /** Without an address, the interface has its link-local one of IPv6 alone. */
  plugIn(lan: LabSwitch, interfaceName: string, address?: string): void {
    lan.addPort(this.name, interfaceName);
    // A new address of IPv6 would otherwise be of no use for two seconds.
    run(
      'ip',
      'netns',
      'exec',
      this.name,
      programs.sysctl,
      '-qw',
      `net.ipv6.conf.${interfaceName}.accept_dad=0`,
    );
    if (address !== undefined) this.#ip('addr', 'add', address, 'brd', '+', 'dev', interfaceName);
    this.#ip('link', 'set', interfaceName, 'up');
    this.#waitUntilUp(interfaceName);
  }

  /** Removes the interface. One with the same name can be plugged in again. */
  unplug(interfaceName: string): void {
    this.#ip('link', 'del', interfaceName);
  }

  addAddresses(interfaceName: string, addresses: readonly string[]): void {
    const lines = addresses.map((address) => `addr add ${address} dev ${interfaceName}\n`);
    execFileSync(programs.ip, ['-n', this.name, '-batch', '-'], { input: lines.join('') });
  }

  removeAddress(interfaceName: string, address: string): void {
    this.#ip('addr', 'del', address, 'dev', interfaceName);
  }

  /** A tunnel that leads nowhere, and has the default route. */
  addVpn(address: string): void {
    this.#ip('link', 'add', 'tun0', 'type', 'veth', 'peer', 'name', 'nowhere');
    this.#ip('link', 'set', 'nowhere', 'up');
    this.#ip('addr', 'add', address, 'dev', 'tun0');
    this.#ip('link', 'set', 'tun0', 'up');
    this.#ip('route', 'add', 'default', 'dev', 'tun0');
  }

  /** Lets neither multicast nor broadcast of IPv4 in, and no IPv6. */
  dropMulticast(): void {
    needs('nftables', 'nftables', () => this.#nft('add table inet quiet'));
    this.#nft('add chain inet quiet in { type filter hook input priority 0 ; }');
    this.#nft('add rule inet quiet in meta pkttype { multicast, broadcast } drop');
    this.#nft('add rule inet quiet in meta nfproto ipv6 drop');
  }

  /** Lets in only what answers something that this machine has sent first, as most firewalls of desktops do. */
  raiseFirewall(): void {
    needs('nftables', 'nftables', () => this.#nft('add table inet guard'));
    this.#nft('add chain inet guard in { type filter hook input priority 0 ; policy drop ; }');
    this.#nft('add rule inet guard in iifname lo accept');
    needs('connection tracking in the kernel', 'nftables', () =>
      this.#nft('add rule inet guard in ct state established,related accept'),
    );
  }

  /** A busy system tells seconds later that an interface is up. Until then, no program sees it. */
  #waitUntilUp(interfaceName: string): void {
    for (let looks = 0; looks < 1_000; looks++) {
      const words = ['-n', this.name, '-br', 'link', 'show', interfaceName];
      if (/ UP /u.test(execFileSync(programs.ip, words, { encoding: 'utf8' }))) return;
    }
    throw new Error(`${interfaceName} does not come up`);
  }

  #ip(...words: string[]): void {
    run('ip', '-n', this.name, ...words);
  }

  #nft(rule: string): void {
    run('ip', 'netns', 'exec', this.name, programs.nft, ...rule.split(' '));
  }
}

function run(program: keyof typeof programs, ...words: string[]): void {
  execFileSync(programs[program], words, { stdio: 'pipe' });
}
