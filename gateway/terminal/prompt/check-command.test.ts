import { describe, expect, it } from 'vitest';
import { untoldSide, type CheckReport } from '../../../shared/check/connection-check.ts';
import { bob, onlineAsAlice, threeContacts } from '../frontend/scripted-gateway.ts';
import { checkLines } from './check-command.ts';
import { runLines } from './prompt-under-test.ts';

const report: CheckReport = {
  phase: 'over',
  attempts: [
    { address: '192.168.1.7:50000', channel: 'server', via: null, sent: 3, state: 'answered', afterMs: 12 },
    {
      address: '192.168.1.255:17230',
      channel: 'broadcast',
      via: '192.168.1.5',
      sent: 2,
      state: 'nothing',
      afterMs: null,
    },
  ],
  machine: {
    networks: [{ host: '192.168.1.5', prefixBits: 24, network: 'lan' }],
    firewall: 'ufw',
    hasVpn: false,
  },
  otherSide: {
    state: 'answered',
    attempts: [{ address: '192.168.1.5:40000', state: 'nothing' }],
    arrived: true,
    firewall: 'nftables',
  },
  findings: ['answers', 'answers-only-after-us'],
  causes: [{ code: 'own-firewall', firewall: 'ufw', subnet: '192.168.1.0/24' }],
};

describe('check', () => {
  it('prints each address with what came back, both views, and what usually helps', () => {
    expect(checkLines(report)).toEqual([
      '192.168.1.7:50000 | Answered after 12 ms | the address of the server',
      '192.168.1.255:17230 | Nothing came back | all computers were asked (broadcast) from 192.168.1.5',
      '192.168.1.5:40000 | Nothing came back | tried by the other side',
      'What this computer sent has arrived there.',
      'The firewall there is nftables.',
      'It answers now.',
      'It answers what this computer sends, but what it sends first does not arrive here.',
      'This computer is at 192.168.1.5/24.',
      'What usually helps:',
      '1. The firewall of this computer. ufw runs here. Let it take UDP from this network: sudo ufw allow proto udp from 192.168.1.0/24',
    ]);
  });

  it('says that no address is known', () => {
    expect(checkLines({ ...report, attempts: [] })[0]).toBe('No address is known that could be tried.');
    const silent = checkLines({ ...report, otherSide: untoldSide('silent') });
    expect(silent).toContain('The other side did not say in time what it sees.');
  });

  it('prints that answers come only after one side has sent first, from both views', () => {
    const { attempts, otherSide } = report;
    const onlyHere = checkLines({ ...report, attempts: [{ ...attempts[0]!, state: 'answers-only' }] });
    expect(onlyHere[0]).toBe(
      '192.168.1.7:50000 | Answered only after we sent first | the address of the server',
    );
    const theirs = [{ address: '192.168.1.5:40000', state: 'answers-only' }] as const;
    const onlyThere = checkLines({
      ...report,
      otherSide: { ...otherSide, attempts: theirs, arrived: false },
    });
    expect(onlyThere).toContain(
      '192.168.1.5:40000 | Answered only after they sent first | tried by the other side',
    );
    expect(onlyThere).toContain('Nothing that this computer sent first has arrived there.');
  });

  it('checks the server without an argument, a person by nickname, and else an address', async () => {
    const { commands, printed } = await runLines(
      { session: onlineAsAlice, contacts: threeContacts },
      'check\ncheck bob\ncheck 10.0.0.9',
      (command, gateway) => {
        if (command.type === 'check')
          gateway.ephemeral?.put({ type: 'connection-check', target: command.target, report });
        return undefined;
      },
    );
    const targets = commands.flatMap((command) => (command.type === 'check' ? [command.target] : []));
    expect(targets).toEqual([
      { type: 'server' },
      { type: 'person', peer: bob },
      { type: 'address', server: { address: '10.0.0.9' } },
    ]);
    expect(printed.filter((line) => line === 'It answers now.')).toHaveLength(3);
  });
});
