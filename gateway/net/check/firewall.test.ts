import { describe, expect, it } from 'vitest';
import { findFirewall, type FirewallFiles } from './firewall.ts';

function machine(files: Readonly<Record<string, string>>, ruleset?: string): FirewallFiles {
  return {
    read: (file) => files[file],
    exists: (file) => file in files,
    ruleset: () => Promise.resolve(ruleset),
  };
}

const dropsInput = `table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established accept
	}
}`;
const dropsForward = `table inet filter {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
	chain input {
		type filter hook input priority filter; policy accept;
	}
}`;
const atStart = '/etc/systemd/system/sysinit.target.wants/nftables.service';

describe('findFirewall', () => {
  it('finds ufw where it is enabled and drops what comes in', async () => {
    expect(await findFirewall(machine({ '/etc/ufw/ufw.conf': '# x\nENABLED=yes\nLOGLEVEL=low\n' }))).toBe(
      'ufw',
    );
    expect(await findFirewall(machine({ '/etc/ufw/ufw.conf': 'ENABLED=no\n' }))).toBeNull();
    const open = {
      '/etc/ufw/ufw.conf': 'ENABLED=yes\n',
      '/etc/default/ufw': 'DEFAULT_INPUT_POLICY="ACCEPT"\n',
    };
    expect(await findFirewall(machine(open))).toBeNull();
  });

  it('finds firewalld by its running process', async () => {
    expect(await findFirewall(machine({ '/run/firewalld.pid': '12' }))).toBe('firewalld');
  });

  it('finds nftables by its rules where root can read them', async () => {
    expect(await findFirewall(machine({}, dropsInput))).toBe('nftables');
    expect(await findFirewall(machine({}, dropsForward))).toBeNull();
    expect(await findFirewall(machine({ [atStart]: '', '/etc/nftables.conf': dropsInput }, ''))).toBeNull();
  });

  it('finds nftables without root only where its rules are loaded at the start of the machine', async () => {
    expect(await findFirewall(machine({ [atStart]: '', '/etc/nftables.conf': dropsInput }))).toBe('nftables');
    expect(await findFirewall(machine({ '/etc/nftables.conf': dropsInput }))).toBeNull();
    expect(
      await findFirewall(machine({ [atStart]: '', '/etc/nftables.conf': `# ${dropsForward}` })),
    ).toBeNull();
  });

  it('finds none where nothing can be read', async () => {
    expect(await findFirewall(machine({}))).toBeNull();
  });
});
