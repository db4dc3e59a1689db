import { describe, expect, it } from 'vitest';
import type { Session } from '../../../shared/bridge/schema.ts';
import type { OfferedAddress } from '../../../shared/network-kind.ts';
import { alice, onlineAsAlice, server } from './scripted-gateway.ts';
import { SessionReport } from './session-report.ts';

const me = { me: alice, nickname: 'alice', server };
const joining: Session = { phase: 'joining', nickname: 'alice', server };
const unreachable: Session = { phase: 'unreachable', ...me, sinceMs: 0, nextAttemptAtMs: 5 };

describe('SessionReport', () => {
  it('reports a silent server once, and its next answer', () => {
    const report = new SessionReport({ besidePrompt: false });
    report.begin({ session: joining, hosting: null });
    expect(report.handle({ type: 'session', session: unreachable })[0]).toContain('does not answer');
    expect(report.handle({ type: 'session', session: { ...unreachable, nextAttemptAtMs: null } })).toEqual(
      [],
    );
    expect(report.handle({ type: 'session', session: onlineAsAlice })).toEqual([
      `The server at ${server.address} answers. You are online as alice.`,
    ]);
  });

  it('does not call the server silent during the first attempt', () => {
    const report = new SessionReport({ besidePrompt: false });
    report.begin({ session: onlineAsAlice, hosting: null });
    expect(report.handle({ type: 'session', session: { ...unreachable, nextAttemptAtMs: null } })).toEqual(
      [],
    );
    expect(report.handle({ type: 'session', session: onlineAsAlice })).toEqual([]);
  });

  it('beside a prompt leaves the results of commands to the prompt', () => {
    const report = new SessionReport({ besidePrompt: true });
    report.begin({ session: onlineAsAlice, hosting: null });
    expect(report.handle({ type: 'session', session: { phase: 'offline', ...me } })).toEqual([]);
    const refused: Session = { phase: 'refused', ...me, code: 'nickname-taken', suggestion: null };
    expect(report.handle({ type: 'session', session: refused })).toEqual([]);
    expect(report.handle({ type: 'session', session: unreachable })).toHaveLength(1);
  });

  it('reports joining and the first answer', () => {
    const report = new SessionReport({ besidePrompt: false });
    expect(report.begin({ session: joining, hosting: null })).toEqual([
      `Joining ${server.address} as alice ...`,
    ]);
    expect(report.handle({ type: 'session', session: onlineAsAlice })).toEqual([
      `You are online as alice, at ${server.address}.`,
    ]);
  });

  it('names the addresses behind the name of a host', () => {
    const hostName = { name: 'alice-pc.local:50000', addresses: ['192.168.1.7:50000', '[fd00::7]:50000'] };
    const report = new SessionReport({ besidePrompt: false });
    expect(report.begin({ session: { ...joining, hostName }, hosting: null })).toEqual([
      'Joining alice-pc.local:50000 (192.168.1.7:50000 or [fd00::7]:50000) as alice ...',
    ]);
  });

  it('prints the addresses at which others join, and again when they change', () => {
    const report = new SessionReport({ besidePrompt: false });
    const lan = { address: server.address, network: 'lan' } as const;
    const docker = { address: '172.17.0.1:50000', network: 'docker' } as const;
    const hosting = {
      port: 50_000,
      addresses: [lan, docker],
      here: '127.0.0.1:50000',
      joinCode: null,
      movedFrom: null,
    };
    expect(report.begin({ session: { phase: 'none' }, hosting })).toEqual([
      `Others join at ${server.address} or 172.17.0.1:50000 (Docker)`,
    ]);
    const changedTo = (addresses: readonly OfferedAddress[]): string[] =>
      report.handle({ type: 'hosting', hosting: { ...hosting, addresses: [...addresses] } });
    expect(changedTo([lan, docker])).toEqual([]);
    expect(changedTo([{ address: '10.0.0.2:50000', network: 'lan' }])).toEqual([
      'The addresses changed: others join at 10.0.0.2:50000',
    ]);
    expect(changedTo([])[0]).toContain('The addresses changed: this computer has no network address');
    expect(report.handle({ type: 'hosting', hosting: null })).toEqual([]);
    expect(changedTo([docker])).toEqual(['Others join at 172.17.0.1:50000 (Docker)']);
  });

  it('says before the addresses that the chat has another port than before', () => {
    const addresses = [{ address: '10.0.0.2:50001', network: 'lan' as const }];
    const hosting = { port: 50_001, addresses, here: '127.0.0.1:50001', joinCode: null, movedFrom: 50_000 };
    const report = new SessionReport({ besidePrompt: false });
    expect(report.begin({ session: { phase: 'none' }, hosting })).toEqual([
      'Another program uses port 50000, so this chat has another address now. Tell it to the others: they look for you at the earlier one.',
      'Others join at 10.0.0.2:50001',
    ]);
  });

  it('prints why the server refused, and a free nickname', () => {
    const refused: Session = { phase: 'refused', ...me, code: 'nickname-taken', suggestion: 'alice2' };
    expect(new SessionReport({ besidePrompt: false }).handle({ type: 'session', session: refused })).toEqual([
      'Nickname is already taken. alice2 is free.',
    ]);
  });

  it('names the address of another protocol version', () => {
    const [line] = new SessionReport({ besidePrompt: false }).handle({
      type: 'other-version',
      from: '10.0.0.9:5',
      version: 2,
      others: 3,
    });
    expect(line).toMatch(/^10\.0\.0\.9:5 \(and 3 other addresses\) uses version 2 /u);
  });
});
