import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roomEntriesBurst } from '../../shared/limits.ts';
import { entriesIntervalMs } from '../server/rooms/room-door.ts';
import { settleRoundsMax, settleTimeoutMs } from '../terminal/frontend/exit.ts';
import { helpLines, serverRows, windowRows } from '../terminal/command-rows.mjs';
import { parseCommandLine, type Invocation, type Run } from './command-line.ts';
import { commandName } from './command-name.mjs';
import { helpPage } from './help-page.mjs';
import { informationOptions, optionTable, unknownOption, usageOf } from './option-table.mjs';

const parse = (line: string): Invocation => parseCommandLine(line.split(' ').filter((word) => word !== ''));

function sentenceOf(invocation: Invocation): string {
  expect(invocation.type).toBe('usage-error');
  return invocation.type === 'usage-error' ? invocation.sentence : '';
}

describe('the command line', () => {
  it('without arguments starts the app at 127.0.0.1:5050 or the next free port', () => {
    expect(parse('')).toEqual({
      type: 'run',
      role: { type: 'app' },
      http: { host: '127.0.0.1', port: 5050, portMayMove: true },
      dataRoot: undefined,
      open: true,
      terminal: false,
      json: false,
      logLevel: 'warn',
      lab: null,
      guests: false,
      guestsAt: null,
      discovery: true,
      profile: 'normal',
    });
  });

  it('--guests and --guests-at let others join by browser, in each role', () => {
    const guests = { guests: true, guestsAt: { host: '192.168.1.7', port: 5081 } };
    for (const role of ['', '-s 50000 ', '-c bob 192.168.1.7 50000 0 '])
      expect(parse(`${role}--guests --guests-at 192.168.1.7:5081`)).toMatchObject(guests);
  });

  it('-s <port> starts a server and opens no browser', () => {
    expect(parse('-s 50000')).toMatchObject({ role: { type: 'server', port: 50_000 }, open: false });
  });

  it('-c <nick> <server-ip> <server-port> <client-port> starts a client', () => {
    expect(parse('-c bob 192.168.1.7 50000 51000')).toMatchObject({
      role: {
        type: 'client',
        nickname: 'bob',
        server: { host: { type: 'ip', host: '192.168.1.7' }, port: 50_000 },
        clientPort: 51_000,
      },
      open: true,
    });
    expect(parse('-c bob localhost 50000 0')).toMatchObject({
      role: { server: { host: { type: 'ip', host: '127.0.0.1' } }, clientPort: 0 },
    });
    expect(parse('-c bob fd00:0::1 50000 0')).toMatchObject({
      role: { server: { host: { type: 'ip', host: 'fd00::1' } } },
    });
    expect(parse('-c bob Alice-PC 50000 0')).toMatchObject({
      role: { server: { host: { type: 'name', name: 'alice-pc' } } },
    });
    expect(parse('-c -bob 10.0.0.1 1 0')).toMatchObject({ role: { nickname: '-bob' } });
  });

  it('-c takes the key of a join address after the port, whole or as a fingerprint in any case', () => {
    const fingerprint = { type: 'fingerprint', fingerprint: 'k7q2m4xd9f3at6nz' };
    for (const key of ['k7q2-m4xd-9f3a-t6nz', 'K7Q2M4XD9F3AT6NZ'])
      expect(parse(`-c bob 192.168.1.7 50000#${key} 0`)).toMatchObject({
        role: { server: { port: 50_000, key: fingerprint } },
      });
    expect(parse(`-c bob 192.168.1.7 50000#${'0'.repeat(52)} 0`)).toMatchObject({
      role: { server: { key: { type: 'whole', key: '00'.repeat(32) } } },
    });
    for (const wrong of ['', 'k7q2-m4xd-9f3a', 'u7q2-m4xd-9f3a-t6nz'])
      expect(sentenceOf(parse(`-c bob 192.168.1.7 50000#${wrong} 0`))).toContain(
        'is not the key of a server',
      );
    expect(sentenceOf(parse('-c bob 192.168.1.7 #k7q2-m4xd-9f3a-t6nz 0'))).toContain('server port');
  });

  it('backup <file> and restore <file> take a file, and --data', () => {
    expect(parse('backup chats.backup')).toEqual({
      type: 'backup',
      file: 'chats.backup',
      dataRoot: undefined,
      withFiles: true,
    });
    expect(parse('backup --without-files f')).toMatchObject({ type: 'backup', file: 'f', withFiles: false });
    expect(parse('restore --data=/x f')).toEqual({
      type: 'restore',
      file: 'f',
      dataRoot: '/x',
      withFiles: true,
    });
    expect(sentenceOf(parse('restore f --without-files'))).toContain('--without-files');
    expect(sentenceOf(parse('backup'))).toContain('<file>');
    expect(sentenceOf(parse('restore one two'))).toContain('"two"');
    expect(sentenceOf(parse('restore one --terminal'))).toContain('--terminal');
  });

  it('reads options before and after the role, with a space or with =', () => {
    expect(
      parse(
        '--http 127.0.0.1:47300 --data /tmp/x --log debug --lab loss=20,seed=7 -c bob 10.0.0.1 1 0 --terminal',
      ),
    ).toMatchObject({
      http: { host: '127.0.0.1', port: 47_300, portMayMove: false },
      dataRoot: '/tmp/x',
      logLevel: 'debug',
      lab: { seed: 7 },
      terminal: true,
      open: false,
    });
    expect(parse('--http=[::1]:0 --data=a=b --no-open --json')).toMatchObject({
      http: { host: '::1', port: 0 },
      dataRoot: 'a=b',
      open: false,
      json: true,
    });
  });

  it('--help and --version win over every other argument', () => {
    expect(parse('--help')).toEqual({ type: 'help' });
    expect(parse('-s 0 -h')).toEqual({ type: 'help' });
    expect(parse('--oops --version')).toEqual({ type: 'version' });
  });

  it.each([
    ['-s', '<port>'],
    ['-s 0', '1 to 65535'],
    ['-s 65536', '65536'],
    ['-s -5', '-5'],
    ['-s 5e3', '5e3'],
    ['-s 50000 51000', '51000'],
    ['-s --no-open', '<port>'],
    ['-c', '<nick>'],
    ['-c bob', '<server-ip>'],
    ['-c bob 10.0.0.1', '<server-port>'],
    ['-c bob 10.0.0.1 50000', '<client-port>'],
    ['-c bob 10.0.0.1 50000 --terminal', '<client-port>'],
    ['-c bob 10.0.0.1 50000 0 x', '"x"'],
    ['-c bob 10.0.0 50000 0', '10.0.0'],
    ['-c bob a..b 50000 0', 'a..b'],
    ['-c bob 0.0.0.0 50000 0', '0.0.0.0'],
    ['-c bob 239.1.1.1 50000 0', '239.1.1.1'],
    ['-c bob 10.0.0.1 0 0', '1 to 65535'],
    ['-c bob 10.0.0.1 65536 0', '65536'],
    ['-c bob 10.0.0.1 50000 65536', '65536'],
    ['-c bob 10.0.0.1 50000 any', 'any'],
    ['-c #bob 10.0.0.1 50000 0', 'nickname'],
    [`-c ${'x'.repeat(33)} 10.0.0.1 50000 0`, '32'],
    ['-s 50000 -c bob 10.0.0.1 50000 0', 'not both'],
    ['-s 50000 -s 50001', '-s was given twice.'],
    ['--data a --data b', '--data was given twice.'],
    ['--classic --classic', '--classic was given twice.'],
    ['-s 50000 --terminal', '--terminal'],
    ['-s 50000 --json', '--json'],
    ['--terminal', '-c'],
    ['--terminal --json -s 50000', '--json'],
    ['--oops', '--oops'],
    ['--http', '<host:port>'],
    ['--http 5050', '5050'],
    ['--guests-at', '<host:port>'],
    ['--guests-at 192.168.1.7', '192.168.1.7'],
    ['--guests-at 192.168.1.7:0', '192.168.1.7:0'],
    ['--guests-at 0.0.0.0:5080', '0.0.0.0'],
    ['--guests-at 192.168.1.7:6000', 'dynamic range'],
    ['--http 127.0.0.1:65536', '65536'],
    ['--http example.org:80', 'example.org'],
    ['--data', '<dir>'],
    ['--data=', 'folder'],
    ['--log loud', 'loud'],
    ['--lab', '<spec>'],
    ['--lab loss=200', 'loss'],
    ['--lab nonsense', 'nonsense'],
    ['-s 50000 --quota', '<spec>'],
    ['-s 50000 --quota days=0', 'days'],
    ['--quota days=7', '-s <port>'],
    ['bob', 'bob'],
  ])('refuses "%s" with one line that names the mistake', (line, named) => {
    const sentence = sentenceOf(parse(line));
    expect(sentence).toContain(named);
    expect(sentence).not.toContain('\n');
    expect(sentence).toMatch(/^\S.*[.:]$|\.$/u);
  });

  it('takes no option for the value of another one', () => {
    for (const { name } of Object.values(optionTable))
      expect(sentenceOf(parse(`-c bob 10.0.0.1 50000 ${name}`))).toContain(
        name === '-c' ? '-c needs' : '-c needs <client-port>',
      );
  });

  it('--classic selects stop-and-wait for all peers', () => {
    expect(parseCommandLine(['--classic'])).toMatchObject({ type: 'run', profile: 'classic' });
  });

  it('-s takes --join-code, and -c the file with a code', () => {
    expect(parse('-s 50000 --join-code')).toMatchObject({ role: { type: 'server', joinCode: true } });
    expect(parse('-c bob 10.0.0.1 1 0 --join-code-file code.txt')).toMatchObject({
      role: { type: 'client' },
      joinCodeFile: 'code.txt',
    });
    expect(sentenceOf(parse('--join-code'))).toContain('-s <port>');
    expect(sentenceOf(parse('-s 1 --join-code-file code.txt'))).toContain('-c <nick>');
  });

  it('refuses a join code in the arguments, and does not repeat it', () => {
    for (const line of [
      '-c bob 10.0.0.1 50000#k7q2-m4xd-9f3a-t6nz.9f3a-t6nz-k7q2-m4xd 0',
      '-c bob 10.0.0.1 50000#k7q2-m4xd-9f3a-t6nz.9f3a 0',
      '-c bob 10.0.0.1:50000#k7q2-m4xd-9f3a-t6nz.9f3a-t6nz-k7q2-m4xd 50000 0',
      '-c bob 10.0.0.1 50000 0 --join-code-file 9f3a-t6nz-k7q2-m4xd',
      '-s 50000 --join-code 9f3a-t6nz-k7q2-m4xd',
      '-s 50000 --join-code=9F3AT6NZK7Q2M4XD',
    ]) {
      const sentence = sentenceOf(parse(line));
      expect(sentence, line).toContain('A join code does not belong on the command line');
      expect(sentence.toLowerCase(), line).not.toContain('9f3a');
    }
  });

  it.each([
    'bob 9f3at6nzk7q2m4xd',
    '9f3a-t6nz-k7q2-m4x',
    '9F3A-T6NZ-K7Q2-M4XD9',
    '9f3at6nzk7q2m4',
    '9f3at6nzk7q2m4xd99',
    '9f3a-t6nz-k7q2-m4xu',
    '9f3a t6nz k7q2 m4xd',
    '--joincode=9f3at6nz-k7q2m4xd',
    '--codes 9f3a-t6nz-k7q2-m4x',
    'restore chats.backup 9f3at6nzk7q2m4x',
    '-c bob 9f3at6nzk7q2m4x 50000 0',
    '-c bob 10.0.0.1 9f3at6nzk7q2m4x 0',
    '-c bob 10.0.0.1 50000 9f3at6nzk7q2m4x',
    '-c bob 10.0.0.1 50000#9f3at6nzk7q2m4x 0',
    '-s 9f3at6nzk7q2m4x',
    '-s 50000 --quota 9f3a-t6nz-k7q2-m4xde',
    '--http 9f3at6nzk7q2m4x:80',
    '--log 9f3at6nzk7q2m4x',
    '--lab 9f3at6nzk7q2m4x',
    '--trace --9f3at6nzk7q2m4x x',
  ])('repeats nothing that looks like a join code in "%s"', (line) => {
    expect(sentenceOf(parse(line)).toLowerCase()).not.toMatch(/9f3a|k7q2/u);
  });

  it('-s takes --quota', () => {
    const { role } = parseCommandLine(['-s', '50000', '--quota', 'days=7']) as Run;
    expect(role).toEqual({ type: 'server', port: 50_000, quotas: 'days=7' });
  });

  it('--terminal beside --json changes nothing', () => {
    expect(parse('--terminal --json')).toMatchObject({ role: { type: 'app' }, json: true });
  });

  it('refuses an empty nickname', () => {
    expect(sentenceOf(parseCommandLine(['-c', '', '10.0.0.1', '50000', '0']))).toContain('nickname');
  });

  it('never repeats control characters of an argument', () => {
    expect(sentenceOf(parseCommandLine(['--\u001b[2J\u009b']))).not.toMatch(/\p{Cc}/u);
  });

  it('returns a result for any words', () => {
    const word = fc.oneof(
      fc.constantFrom('-s', '-c', '--http', '--lab', '--data', '0', '50000'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(['run', 'usage-error', 'help', 'version']).toContain(parseCommandLine(words).type);
      }),
    );
  });
});

describe('the help page', () => {
  it('lists every option and fits into 80 columns', () => {
    for (const row of Object.values(optionTable)) expect(helpPage()).toContain(usageOf(row));
    for (const name of informationOptions.flatMap(({ names }) => names)) expect(helpPage()).toContain(name);
  });

  it('lists the commands of a server’s window', () => {
    for (const line of [...helpLines(serverRows), ...helpLines(windowRows)])
      expect(helpPage()).toContain(`\n  ${line}\n`);
  });

  it.each([
    ['npm start --', { npm_lifecycle_event: 'start', npm_package_name: 'chatagram' }],
    ['chatagram', { npm_lifecycle_event: 'start', npm_package_name: 'another-project' }],
    ['chatagram', {}],
  ])('names the command %s as the user types it, and fits into 80 columns', (command, environment) => {
    expect(commandName(environment)).toBe(command);
    const page = helpPage(command);
    expect(page).toContain(`  ${command} -s 50000\n`);
    for (const line of page.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('the help page about a pipe', () => {
  const page = helpPage().replaceAll(/\s+/gu, ' ');

  it('says how long the end of a pipe waits, and how fast a room takes messages', () => {
    expect(page).toContain(
      `It gives up after ${settleTimeoutMs / 1_000} s in which none was, and after ${(settleRoundsMax * settleTimeoutMs) / 60_000} minutes at the latest. What still waits is kept, and the next start sends it.`,
    );
    expect(page).toContain(
      `A room takes ${roomEntriesBurst} messages of one person at once, then ${1_000 / entriesIntervalMs} a second.`,
    );
  });

  it('says for which exit code the server did not answer or a message still waits', () => {
    expect(page).toMatch(/ 1 a port, .+ the server did not answer, a message still waits, .+ 2 wrong/u);
  });
});

describe('the first look at the words, before anything is installed', () => {
  it.each([
    [['--colour'], '--colour'],
    [['--colour=red'], '--colour'],
    [['-c', '-bob', '10.0.0.1', '50000', '0', '--termnal'], '--termnal'],
    [['--log=debug', '-x'], '-x'],
  ])('finds the unknown option in %j', (words, name) => {
    expect(unknownOption(words)).toBe(name);
    expect(parseCommandLine(words)).toMatchObject({ type: 'usage-error' });
  });

  it.each(['', '-s 50000 --log debug', '-c -bob 10.0.0.1 50000 0', '--data=--odd', 'backup --odd', 'bob'])(
    'leaves "%s" to the program',
    (line) => {
      expect(unknownOption(line.split(' '))).toBeUndefined();
    },
  );
});
