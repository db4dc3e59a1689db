import { execFileSync } from 'node:child_process';
import { needs } from './needs.ts';

const programs = { ip: '/usr/sbin/ip', nft: '/usr/sbin/nft' } as const;

/** Two machines with a cable between them: network namespaces of Linux, which a test makes and removes. */
export class TwoMachines {
  readonly left: Machine;
  readonly right: Machine;

  /** Throws where the system has no network namespaces, or the process is not root. */
  static make(): TwoMachines {
    const name = `chatagram-${process.pid}`;
    needs('network namespaces', 'iproute2', () => run('ip', 'netns', 'add', `${name}-left`));
    return new TwoMachines(name);
  }

  private constructor(name: string) {
    this.left = new Machine(`${name}-left`);
    this.right = new Machine(`${name}-right`);
    run('ip', 'netns', 'add', this.right.name);
    const ends = [`cl${process.pid}`, `cr${process.pid}`] as const;
    run('ip', 'link', 'add', ends[0], 'type', 'veth', 'peer', 'name', ends[1]);
    this.left.plugIn(ends[0], '10.77.0.1/24');
    this.right.plugIn(ends[1], '10.77.0.2/24');
  }

  remove(): void {
    for (const { name } of [this.left, this.right]) run('ip', 'netns', 'del', name);
  }
}

/** One machine with a loopback of its own and one interface, `lan`. */
export class Machine {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** The words before a command that make it run on this machine. */
  get within(): readonly string[] {
    return [programs.ip, 'netns', 'exec', this.name];
  }

  plugIn(cableEnd: string, address: string): void {
    run('ip', 'link', 'set', cableEnd, 'netns', this.name);
    run('ip', '-n', this.name, 'link', 'set', cableEnd, 'name', 'lan');
    run('ip', '-n', this.name, 'link', 'set', 'lo', 'up');
    run('ip', '-n', this.name, 'link', 'set', 'lan', 'up');
    this.setAddress(address);
  }

  /** Replaces the address of the interface. */
  setAddress(address: string): void {
    run('ip', '-n', this.name, 'addr', 'flush', 'dev', 'lan');
    run('ip', '-n', this.name, 'addr', 'add', address, 'dev', 'lan');
  }

  /** Leaves the interface without a link and without an address. */
  pullCable(): void {
    run('ip', '-n', this.name, 'addr', 'flush', 'dev', 'lan');
    run('ip', '-n', this.name, 'link', 'set', 'lan', 'down');
  }

  plugCableIn(address: string): void {
    run('ip', '-n', this.name, 'link', 'set', 'lan', 'up');
    this.setAddress(address);
  }

  setMtu(bytes: number): void {
    run('ip', '-n', this.name, 'link', 'set', 'lan', 'mtu', String(bytes));
  }

  /** Drops a percentage of the datagrams that come in from the cable, at random. */
  loseIncoming(percent: number): void {
    needs('nftables', 'nftables', () => this.#nft('add table inet loss'));
    this.#nft('add chain inet loss in { type filter hook input priority 0 ; }');
    this.#nft(`add rule inet loss in iifname lan numgen random mod 100 < ${percent} drop`);
  }

  loseNothing(): void {
    this.#nft('delete table inet loss');
  }

  #nft(rule: string): void {
    run('ip', 'netns', 'exec', this.name, programs.nft, ...rule.split(' '));
  }
}

function run(program: keyof typeof programs, ...words: string[]): void {
  execFileSync(programs[program], words, { stdio: 'pipe' });
}
