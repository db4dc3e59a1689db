import { describe, expect, it } from 'vitest';
import type { Profile, Session } from '../../../shared/bridge/schema.ts';
import { me, snapshotOf } from '../../../shared/model/samples.ts';
import { commandToResume } from './resume.ts';

const server = { address: '192.168.1.7:50000', key: 'k7q2-m4xd-9f3a-t6nz' };
const online: Session = { phase: 'online', me, nickname: 'alice', server, sinceMs: 0 };
const profile: Profile = { nickname: 'alice', server, hosted: false };
const none: Session = { phase: 'none' };

describe('a tab with a gateway that has started again', () => {
  it('joins the chat that it shows, and goes on trying', () => {
    expect(commandToResume(online, { session: none, profiles: [profile] })).toEqual({
      type: 'join',
      nickname: 'alice',
      server,
      keepTrying: true,
    });
    const unreachable: Session = { ...online, phase: 'unreachable', nextAttemptAtMs: null };
    expect(commandToResume(unreachable, { session: none, profiles: [profile] })?.type).toBe('join');
  });

  it('hosts the chat again that it shows', () => {
    const hosted = { ...profile, hosted: true };
    expect(commandToResume(online, { session: none, profiles: [hosted] })).toEqual({
      type: 'host',
      nickname: 'alice',
    });
  });

  it.each<[string, Session, Session, Profile[]]>([
    ['the gateway is in a chat already', online, snapshotOf().session, [profile]],
    ['the tab was in no chat', none, none, [profile]],
    ['the user was offline', { phase: 'offline', me, nickname: 'alice', server }, none, [profile]],
    ['the gateway does not know the chat', online, none, []],
    ['the chat has another nickname', online, none, [{ ...profile, nickname: 'bob' }]],
    ['the chat is at another server', online, none, [{ ...profile, server: { address: '10.0.0.1:50000' } }]],
  ])('does nothing if %s', (_when, previous, session, profiles) => {
    expect(commandToResume(previous, { session, profiles })).toBeNull();
  });
});
