import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

/**
 * A network namespace with its own loopback that loses packets at random (nftables, `numgen random`): the same loss for
 * datagrams and for TCP segments. Linux only; needs root, or user namespaces.
 */
export class LossNamespace implements Disposable {
  /** The command line that runs another command inside. */
  readonly enter: readonly [string, ...string[]];
  readonly #holder: ChildProcess;

  /** Throws an Error that names the missing program. */
  static async open(lossPercent: number): Promise<LossNamespace> {
    const isRoot = process.getuid?.() === 0;
    const own = isRoot ? ['--net'] : ['--user', '--map-root-user', '--net'];
    // The namespace lives as long as `cat`, and `cat` as long as this process.
    const script = `ip link set lo up && nft "$1" && echo ready && exec cat`;
    const holder = spawn('unshare', [...own, 'sh', '-c', script, 'sh', rulesOf(lossPercent)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let errors = '';
    holder.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const ready = once(holder.stdout, 'data');
    const ended = once(holder, 'close').then(
      () => refuse(errors),
      (error: unknown) => refuse(String(error)),
    );
    // Its end is a fault only before it was ready.
    ended.catch(() => {});
    await Promise.race([ready, ended]);
    return new LossNamespace(holder, isRoot);
  }

  private constructor(holder: ChildProcess, isRoot: boolean) {
    this.#holder = holder;
    const user = isRoot ? [] : ['--user', '--preserve-credentials'];
    this.enter = ['nsenter', `--target=${holder.pid ?? 0}`, '--net', ...user, '--'];
  }

  /** Packets lost so far. A run without a lost packet has measured something else. */
  async lostPackets(): Promise<number> {
    const [file, ...args] = [...this.enter, 'nft', 'list', 'chain', 'inet', 'bench', 'input'];
    const { stdout } = await promisify(execFile)(file, args);
    const counted = /counter packets (\d+)/.exec(stdout)?.[1];
    if (counted === undefined) throw new Error(`nft tells no counter: ${stdout}`);
    return Number(counted);
  }

  [Symbol.dispose](): void {
    this.#holder.stdin?.end();
  }
}

function refuse(reason: string): never {
  throw new Error(
    `no network with loss; it takes Linux, root, and the programs unshare, nsenter (util-linux), ip (iproute2) and ` +
      `nft (nftables): ${reason.trim()}`,
  );
}

/** On loopback every packet arrives once in either direction, so this is the loss of each direction. */
function rulesOf(lossPercent: number): string {
  const chain = `add table inet bench
    add chain inet bench input { type filter hook input priority 0; }`;
  if (lossPercent === 0) return chain;
  const perMille = Math.round(lossPercent * 10);
  return `${chain}
    add rule inet bench input numgen random mod 1000 < ${perMille} counter drop`;
}
