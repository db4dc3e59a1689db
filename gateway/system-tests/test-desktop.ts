import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Desktop } from '../cli/open-browser.ts';
import { busItself, BusConnection } from '../notify/bus-connection.ts';
import { eventually } from './eventually.ts';
import { needs } from './needs.ts';
import { temporaryFolder } from './temporary-folder.ts';

const service = {
  destination: 'org.freedesktop.Notifications',
  path: '/org/freedesktop/Notifications',
  interface: 'org.freedesktop.DBus.Mock',
} as const;

/** What a program gave to `Notify` of the desktop. */
export interface ShownNotification {
  readonly replaces: number;
  readonly title: string;
  readonly body: string;
  readonly actions: readonly string[];
}

/** A session bus of the test, with a desktop that only notes what it is to show, and a browser that only notes what it is to open. */
export class TestDesktop {
  readonly environment: Desktop['environment'];
  readonly #bus: BusConnection;
  readonly #service: ChildProcess;
  readonly #opened: string;

  private constructor(
    environment: Desktop['environment'],
    bus: BusConnection,
    notifier: ChildProcess,
    opened: string,
  ) {
    this.environment = environment;
    this.#bus = bus;
    this.#service = notifier;
    this.#opened = opened;
  }

  static async start(): Promise<TestDesktop> {
    const folder = temporaryFolder();
    const address = `unix:path=${path.join(folder, 'bus')}`;
    run(
      'dbus-daemon',
      'dbus-daemon',
      ['--session', '--nofork', '--nosyslog', `--address=${address}`],
      process.env,
    );
    const opened = path.join(folder, 'opened');
    script(folder, 'xdg-mime', 'echo firefox-esr.desktop');
    script(folder, 'xdg-open', `printf %s "$*" > ${opened}.new; mv ${opened}.new ${opened}`);
    const environment = {
      DBUS_SESSION_BUS_ADDRESS: address,
      DISPLAY: ':0',
      HOME: folder,
      PATH: `${folder}:${process.env['PATH']}`,
    };
    const bus = await eventually(() => connected(address));
    // The system's Python has the module, not one that a developer has installed.
    const words = ['-m', 'dbusmock', '--session', '-t', 'notification_daemon', '-p', capabilities];
    const notifier = run('python3-dbusmock', '/usr/bin/python3', words, environment);
    const body = [service.destination];
    await eventually(async () => {
      const [isThere] =
        (await bus.call({ ...busItself, member: 'NameHasOwner', signature: 's', body })) ?? [];
      if (isThere !== true) throw new Error('the desktop of the test has not started');
    });
    return new TestDesktop(environment, bus, notifier, opened);
  }

  get desktop(): Desktop {
    return { platform: 'linux', environment: this.environment };
  }

  async shown(): Promise<ShownNotification[]> {
    return (await this.#calls('Notify')).map(([, replaces, , title, body, actions]) => {
      return { replaces, title, body, actions } as ShownNotification;
    });
  }

  /** The ids of the notifications that were closed. */
  async closed(): Promise<unknown[]> {
    return (await this.#calls('CloseNotification')).map(([id]) => id);
  }

  /** Clicks on the notification with this id. */
  async click(id: number): Promise<void> {
    const body = [
      'org.freedesktop.Notifications',
      'ActionInvoked',
      'us',
      [
        ['u', id],
        ['s', 'default'],
      ],
    ];
    await this.#bus.call({ ...service, member: 'EmitSignal', signature: 'sssav', body });
  }

  /** The arguments with which the browser was opened. Throws before that. */
  opened(): string {
    return fs.readFileSync(this.#opened, 'utf8');
  }

  forgetOpened(): void {
    fs.rmSync(this.#opened);
  }

  /** The desktop crashes. The bus stays. */
  async endNotifier(): Promise<void> {
    this.#service.kill('SIGKILL');
    await once(this.#service, 'close');
  }

  /** Each call with its arguments, which the mock returns as `a(tav)`. */
  async #calls(member: string): Promise<readonly unknown[][]> {
    const answer = await this.#bus.call({
      ...service,
      member: 'GetMethodCalls',
      signature: 's',
      body: [member],
    });
    if (answer === undefined) throw new Error('the desktop of the test does not answer');
    const [calls] = answer as [[number, [unknown, [unknown]][]][]];
    return calls.map(([, values]) => values.map(([, [value]]) => value));
  }
}

const capabilities = JSON.stringify({ capabilities: 'actions body body-markup sound' });

async function connected(address: string): Promise<BusConnection> {
  const listeners = { onSignal: () => undefined, onClosed: () => undefined };
  const bus = await BusConnection.open(address, listeners);
  if (bus === undefined) throw new Error('the bus of the test has not started');
  onTestFinished(() => bus.close());
  return bus;
}

/** Runs a program until the test ends. */
function run(
  debianPackage: string,
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): ChildProcess {
  const child = needs(program, debianPackage, () => spawn(program, words, { env, stdio: 'ignore' }));
  child.on('error', () => undefined);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

function script(folder: string, name: string, text: string): void {
  fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}
