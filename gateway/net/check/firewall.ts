import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { FirewallName } from '../../../shared/check/connection-check.ts';

/** What a look for a firewall reads. */
export interface FirewallFiles {
  /** Returns a text, undefined where it cannot be read. */
  readonly read: (file: string) => string | undefined;
  readonly exists: (file: string) => boolean;
  /** The rules of nftables as text; undefined where they cannot be read. Only root can. */
  readonly ruleset: () => Promise<string | undefined>;
}

/**
 * Returns the firewall of this machine that keeps out what others send, as far as it can be told without root: null where none is found.
 * It reads files. Only where this process is root, it also lists the rules of nftables. Windows and macOS are not asked.
 */
export async function findFirewall(files: FirewallFiles = systemFiles()): Promise<FirewallName | null> {
  if (hasUfw(files)) return 'ufw';
  if (files.exists('/run/firewalld.pid') || files.exists('/var/run/firewalld.pid')) return 'firewalld';
  const ruleset = await files.ruleset();
  if (ruleset !== undefined) return keepsOut(ruleset) ? 'nftables' : null;
  const isLoadedAtStart = wantedBy.some((file) => files.exists(file));
  return isLoadedAtStart && keepsOut(files.read('/etc/nftables.conf') ?? '') ? 'nftables' : null;
}

function hasUfw({ read }: FirewallFiles): boolean {
  if (!/^\s*ENABLED\s*=\s*"?yes"?\s*$/imu.test(read('/etc/ufw/ufw.conf') ?? '')) return false;
  return !/^\s*DEFAULT_INPUT_POLICY\s*=\s*"?ACCEPT"?\s*$/imu.test(read('/etc/default/ufw') ?? '');
}

/** systemd loads the rules at the start of the machine where one of these links is there. */
const wantedBy = [
  '/etc/systemd/system/sysinit.target.wants/nftables.service',
  '/etc/systemd/system/multi-user.target.wants/nftables.service',
];

/** Whether a chain that sees what comes in drops or rejects something. A chain ends at a line with its brace alone. */
function keepsOut(ruleset: string): boolean {
  const rules = ruleset.replace(/#.*$/gmu, '').slice(0, rulesetLettersMax);
  return rules
    .split(/^\s*\}\s*$/mu)
    .some((chain) => /\bhook\s+input\b/u.test(chain) && /\b(?:drop|reject)\b/u.test(chain));
}

const rulesetLettersMax = 1_000_000;
const rulesetMsMax = 1_000;

function systemFiles(): FirewallFiles {
  if (process.platform !== 'linux')
    return { read: () => undefined, exists: () => false, ruleset: () => Promise.resolve(undefined) };
  return { read: textOf, exists: existsSync, ruleset: systemRuleset };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The program and its arguments are fixed, and its environment is empty. */
async function systemRuleset(): Promise<string | undefined> {
  const program = ['/usr/sbin/nft', '/sbin/nft'].find((file) => existsSync(file));
  if (program === undefined || process.getuid?.() !== 0) return undefined;
  try {
    const { stdout } = await promisify(execFile)(program, ['list', 'ruleset'], {
      env: {},
      timeout: rulesetMsMax,
      killSignal: 'SIGKILL',
      maxBuffer: 4 * rulesetLettersMax,
    });
    return stdout;
  } catch {
    return undefined;
  }
}
