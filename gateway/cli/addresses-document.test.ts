import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressGroup } from '../../shared/address.ts';
import { parseBanAddress } from '../../shared/ban.ts';
import { errors, isErrorCode, type ErrorCode } from '../../shared/errors.ts';
import { formatNamedKey } from '../../shared/join-address.ts';
import {
  formatTypedAddress,
  literalOf,
  readAddress,
  readServer,
  splitTyped,
  tidyAddress,
} from '../../shared/typed-address.ts';
import { withJoinCode } from '../../shared/join-address-text.ts';
import { parseCommandLine } from './command-line.ts';

const text = readFileSync(new URL('../../docs/ADDRESSES.md', import.meta.url), 'utf8');

/** The rows of the tables below a heading, each with the text of its first two cells. */
function rowsOf(heading: string, columns: string): (readonly [typed: string, result: string])[] {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const [own = ''] = section.split('\n## ');
  const tables = own.split('\n\n').filter((block) => block.trimStart().startsWith(`| ${columns}`));
  return tables.flatMap((table) =>
    [...table.matchAll(/^\| `([^`]+)` \| `([^`]+)` \|/gmu)].map(
      ([, typed = '', result = '']) => [unescaped(typed), result] as const,
    ),
  );
}

function unescaped(cell: string): string {
  return cell.replaceAll(/\\u([0-9A-F]{4})/gu, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

const understood = rowsOf('Understood', 'typed | means');
const names = rowsOf('Names of hosts', 'typed | means');
const refusals = rowsOf('Refused', 'typed | code');

/** The typed server in the form of the document; the code for a refused one. */
function meaningOf(typed: string): string {
  const server = readServer(typed);
  if ('error' in server) return server.error;
  const key = server.key === undefined ? '' : `#${formatNamedKey(server.key)}`;
  return withJoinCode(`${formatTypedAddress(server)}${key}`, splitTyped(typed).joinCode ?? null);
}

function sentenceOf(code: string): string {
  if (!isErrorCode(code)) throw new Error(`there is no code ${code}`);
  return errors[code].sentence;
}

describe('docs/ADDRESSES.md', () => {
  it('has rows in each of its tables', () => {
    expect(understood.length).toBeGreaterThan(50);
    expect(names.length).toBeGreaterThan(5);
    expect(refusals.length).toBeGreaterThan(50);
  });

  it.each([...understood, ...names])('says what %j means: %s', (typed, means) => {
    expect(meaningOf(typed)).toBe(means);
    // An address that a program writes is read as the same again.
    expect(meaningOf(means)).toBe(means);
  });

  it.each(refusals)('says why %j is refused: %s', (typed, code) => {
    expect(meaningOf(typed)).toBe(code);
  });

  it.each([...understood, ...names])('-c takes %j as its server, or says what is wrong', (typed, means) => {
    const typedServer = readServer(typed);
    if ('error' in typedServer) throw new Error(typedServer.error);
    const { port } = typedServer;
    const invocation = parseCommandLine(['-c', 'alice', typed, String(port), '0']);
    if (splitTyped(typed).joinCode !== undefined) {
      // Other programs of this computer see the command line.
      expect(invocation).toMatchObject({ type: 'usage-error' });
      return;
    }
    if (invocation.type !== 'run' || invocation.role.type !== 'client')
      throw new Error(JSON.stringify(invocation));
    const { server } = invocation.role;
    const key = server.key === undefined ? '' : `#${formatNamedKey(server.key)}`;
    expect(`${formatTypedAddress(server)}${key}`).toBe(means);
  });

  it.each(refusals.filter(([typed]) => !typed.startsWith('-')))(
    '-c refuses %j with the reason',
    (typed, code) => {
      const invocation = parseCommandLine(['-c', 'alice', typed, '50000', '0']);
      if (invocation.type !== 'usage-error') throw new Error(`${typed} is accepted`);
      if (code !== 'join-code-invalid') expect(invocation.sentence).toContain(sentenceOf(code));
    },
  );

  it('-c refuses another port than the one in the address, and another key', () => {
    const sentenceFor = (...words: string[]): string => {
      const invocation = parseCommandLine(['-c', 'alice', ...words, '0']);
      return invocation.type === 'usage-error' ? invocation.sentence : '';
    };
    expect(sentenceFor('192.168.1.7:50001', '50000')).toContain('already names port 50001');
    const key = 'k7q2-m4xd-9f3a-t6nz';
    expect(sentenceFor(`192.168.1.7#${key}`, `50000#${key}`)).toBe('');
    expect(sentenceFor(`192.168.1.7#${key}`, '50000#9f3a-t6nz-k7q2-m4xd')).toContain('different keys');
  });

  it.each(rowsOf('`--http`', 'typed | means'))('--http takes %j as %s', (typed, means) => {
    const invocation = parseCommandLine(['--http', typed]);
    if (invocation.type !== 'run') throw new Error(JSON.stringify(invocation));
    const { host, port } = invocation.http;
    expect(formatTypedAddress({ host: { type: 'ip', host }, port })).toBe(means);
  });

  it.each(rowsOf('`--http`', 'typed | code'))('--http refuses %j: %s', (typed, code) => {
    const invocation = parseCommandLine(['--http', typed]);
    if (invocation.type !== 'usage-error') throw new Error(`${typed} is accepted`);
    if (code !== 'address-invalid') expect(invocation.sentence).toContain(sentenceOf(code));
  });

  it.each(understood)('ban takes %j for the same address as the form', (typed) => {
    if (typed.includes('#') || typed.includes('＃')) return;
    const address = readAddress(typed);
    const literal = 'error' in address ? undefined : literalOf(address);
    expect(literal).toBeDefined();
    expect(parseBanAddress(typed)).toBe(addressGroup(literal!));
  });

  it.each([...names, ...refusals])(
    'ban takes %j for no address, unless only its zone is missing',
    (typed) => {
      if (typed.includes('#')) return;
      const isWithoutZone = meaningOf(typed) === 'address-zone-missing';
      expect(parseBanAddress(typed)).toBe(isWithoutZone ? 'fe80::1' : undefined);
    },
  );

  it('names each code that only the gateway can find', () => {
    const codes: ErrorCode[] = [
      'address-zone-unknown',
      'host-name-unknown',
      'host-name-slow',
      'own-address',
      'address-echo',
    ];
    for (const code of codes) expect(text).toContain(`| \`${code}\` |`);
  });
});

describe('a typed address', () => {
  it('is read or refused without a throw, whatever it is, and is tidy after one round', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (typed) => {
        const server = readServer(typed);
        if (!('error' in server)) expect(readServer(formatTypedAddress(server))).not.toHaveProperty('error');
        tidyAddress(typed);
      }),
    );
    const pieces = fc.constantFrom(
      ...'0123456789abcdef:.[]%# \u3000：/,-x'.split(''),
      '::',
      'http://',
      '192.168.1.7',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        const server = readServer(parts.join(''));
        if (!('error' in server)) expect(readServer(formatTypedAddress(server))).not.toHaveProperty('error');
      }),
    );
  });
});
