import { newId } from '../terminal/frontend/new-id.ts';
import { createInterface, type Interface as Readline } from 'node:readline';
import type { Readable } from 'node:stream';
import type { AppSource } from '../bridge/web-app.ts';
import { parseCommandLine, type BackupCommand, type Run } from './command-line.ts';
import { joinCodeIn } from './join-code-file.ts';
import { ForegroundInput, followShell } from './foreground.ts';
import type { Gateway } from '../gateway.ts';
import { helpPage } from './help-page.mjs';
import { formatLabSpec } from '../net/lab-spec.ts';
import { openBrowser, thisDesktop } from './open-browser.ts';
import { guestPageFolder, version } from './version.ts';
import { hasWindow, onEndRequest } from './signals.ts';
import { StartError } from '../runtime/start-error.ts';
import { agoTextIn, clockTextIn } from '../terminal/text/clock-text.ts';
import { isFullDisk, LineWriter } from '../terminal/screen/line-writer.ts';
import { readLines } from '../terminal/screen/line-reader.ts';
import { PipeScreen } from '../terminal/screen/pipe-screen.ts';
import { PlainScreen } from '../terminal/screen/plain-screen.ts';
import { PromptScreen, type PromptScreenOptions } from '../terminal/screen/prompt-screen.ts';
import type { Exit, RunningFrontend, Screen } from '../terminal/screen/screen.ts';
import { ServerConsole } from '../terminal/server-console/server-console.ts';
import {
  changedJoinLine,
  joinCodeLine,
  joinLine,
  serverLine,
} from '../terminal/server-console/server-lines.ts';
import { canEnterJoinCode, joinCodeQuestion } from '../terminal/frontend/join-code-question.ts';
import type { Link } from '../../shared/bridge/access.ts';
import type { Guests } from '../../shared/bridge/guests.ts';
import { GuestReport } from '../terminal/frontend/guest-report.ts';
import { qrCodeLines } from '../terminal/frontend/qr-code.ts';
import { linkLines, windowLines } from '../terminal/frontend/link-lines.ts';
import { askSecret } from '../terminal/screen/ask-secret.ts';
import { SessionReport } from '../terminal/frontend/session-report.ts';
import { runPrompt } from '../terminal/prompt/prompt.ts';

/** Runs the program: from its command line to its exit code. `app` is where the web app comes from. */
export async function runProgram(words: readonly string[], app: AppSource): Promise<void> {
  // An umask that takes rights from the owner would make folders that this program cannot use itself.
  process.umask(process.umask(ownerKeepsRights) & ownerKeepsRights);
  // The reader may go away: a closed window, a `| head`. Later output is dropped without an error.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', () => undefined);
  const invocation = parseCommandLine(words);
  switch (invocation.type) {
    case 'help':
      process.stdout.write(helpPage());
      break;
    case 'version':
      process.stdout.write(`${version}\n`);
      break;
    case 'usage-error':
      printNotice(invocation.sentence);
      process.exitCode = exitCodes.usage;
      break;
    case 'backup':
    case 'restore':
      process.exitCode = hasFolder() ? await runBackup(invocation) : exitCodes.refused;
      break;
    case 'run':
      process.exit(hasFolder() ? await run(invocation, app) : exitCodes.refused);
      break;
    default:
      invocation satisfies never;
  }
}

const ownerKeepsRights = 0o077;

/** Whether the current folder is there. Packages of this program need it too, when they are loaded. */
function hasFolder(): boolean {
  try {
    process.cwd();
    return true;
  } catch {
    printNotice(
      'The folder that you are in was removed. Change to another one with cd, then run the same command again.',
    );
    return false;
  }
}

/** BSD's sysexits.h uses 70 for a bug in the program. Shells and getopt use 2 for wrong usage. */
const exitCodes = { done: 0, refused: 1, usage: 2, fault: 70 } as const;

/** A slow reader of standard output has this time. A reader that has stopped does not delay the end for longer. */
const flushTimeoutMs = 2_000;

async function run(invocation: Run, app: AppSource): Promise<number> {
  const endRequest = Promise.withResolvers<Exit>();
  const asRequested: Exit = { exitCode: exitCodes.done, sentence: null };
  onEndRequest(() => endRequest.resolve(asRequested));
  let gateway: Gateway | undefined;
  endOnFault(() => gateway?.close());

  // A server goes on without its log: others chat there.
  const output = new LineWriter(
    process.stdout,
    (error) => endRequest.resolve(isFullDisk(error) ? outputFull : asRequested),
    { outlivesFullDisk: invocation.role.type === 'server' },
  );
  try {
    const onWiped = (): void => endRequest.resolve(wiped);
    gateway = await start(withJoinCode(invocation), { app, output, onWiped });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    printNotice(error.sentence);
    return error.exitCode;
  }
  const standard = standardInput();
  const { input } = standard;
  const frontend = await startFrontend(invocation, gateway, standard);
  const say = (sentence: string): void =>
    frontend === undefined ? printNotice(sentence) : frontend.notice(sentence);
  const link = gateway.newLink();
  introduce(invocation, gateway, link, { say, output });
  if (invocation.open) void openBrowser({ address: link.address, page: () => gateway.linkPage(link) });
  if (invocation.role.type === 'server') void runServerConsole(gateway, input, output);
  else if (frontend === undefined && process.stdin.isTTY) new Window(gateway, input).open();

  const exit = await Promise.race([endRequest.promise, ...(frontend === undefined ? [] : [frontend.done])]);
  frontend?.stop();
  if (exit.sentence !== null) printNotice(exit.sentence);
  await gateway.close();
  // A log that ends without it tells of a crash.
  if (frontend === undefined) printNotice('Stopped.');
  await output.flushed(flushTimeoutMs);
  // Everything is closed. No other signal ends the process at once.
  if (standard.wouldStopAtEnd()) process.kill(process.pid, 'SIGKILL');
  return exit.exitCode;
}

const outputFull: Exit = {
  exitCode: exitCodes.refused,
  sentence: 'The disk of the output is full. Make room, then start again.',
};

async function runBackup({ type, file, dataRoot: chosenRoot, withFiles }: BackupCommand): Promise<number> {
  const { backUp, restore } = await import('../data-dir/backup.ts');
  const { checkDataRoot, dataRoot } = await import('../data-dir/data-dir.ts');
  try {
    const root = dataRoot(chosenRoot);
    checkDataRoot(root);
    const { finishWipe } = await import('../data-dir/wipe.ts');
    finishWipe(root).forEach(printNotice);
    const sentences = type === 'backup' ? backUp(root, file, { withFiles }) : restore(root, file);
    process.stdout.write(sentences.map((sentence) => `${sentence}\n`).join(''));
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    printNotice(error.sentence);
    return error.exitCode;
  }
}

/** Throws StartError for a file without a join code. */
function withJoinCode(invocation: Run): Run {
  const { role, joinCodeFile } = invocation;
  if (joinCodeFile === undefined || role.type !== 'client') return invocation;
  return { ...invocation, role: { ...role, joinCode: joinCodeIn(joinCodeFile) } };
}

const wiped: Exit = {
  exitCode: exitCodes.done,
  sentence: 'Chatagram has ended. Start it again for a new chat.',
};

interface Surroundings {
  readonly app: AppSource;
  readonly output: LineWriter;
  readonly onWiped: () => void;
}

async function start(invocation: Run, { app, output, onWiped }: Surroundings): Promise<Gateway> {
  // Loaded only now, because help and refusals need none of these packages and must come at once.
  const { startGateway } = await import('../gateway.ts');
  return startGateway({
    ...invocation,
    app,
    guestPage: guestPageFolder,
    version,
    onWiped,
    // A script is the frontend that tells its user.
    ...(invocation.json ? {} : { desktop: thisDesktop() }),
    // The window of a client shows the chat, not the log of a server that it hosts.
    ...(invocation.role.type === 'server'
      ? { onServerChange: (change) => output.writeOrSkip(serverLine(change)) }
      : {}),
  });
}

/** Starts the frontend on standard input and output that the command line asks for, if any. */
async function startFrontend(
  { terminal, json }: Run,
  gateway: Gateway,
  { input, stopJob }: StandardInput,
): Promise<RunningFrontend | undefined> {
  if (json) {
    // Loaded only now, like the gateway: help and refusals do not need its schemas.
    const { runJsonLines } = await import('../terminal/json-lines/json-lines.ts');
    return runJsonLines(gateway.api, new PipeScreen(input, process.stdout, process.stderr));
  }
  if (!terminal) return undefined;
  return runPrompt({
    api: gateway.api,
    screen: (complete) => screenFor(input, { complete, stopJob }),
    clockText: clockTextIn(),
    agoText: agoTextIn(),
    drawCode,
  });
}

function screenFor(input: Readable, options: PromptScreenOptions): Screen {
  const { stdout, stderr } = process;
  if (!isInteractive()) return new PipeScreen(input, stdout, stderr);
  if (isPlainTerminal()) return new PlainScreen(input, stdout, stderr);
  return new PromptScreen(input, stdout, stderr, options);
}

interface StandardStreams {
  /** Prints on standard error. */
  readonly say: (sentence: string) => void;
  readonly output: LineWriter;
}

/** Tells the user what to know at the start, and later what changes about the gateway itself. */
function introduce(invocation: Run, gateway: Gateway, link: Link, { say, output }: StandardStreams): void {
  const isServer = invocation.role.type === 'server';
  if (invocation.profile === 'classic') {
    say('--classic is on: one datagram at a time to each peer, every 0.5 s, 5 attempts.');
  }
  if (invocation.lab !== null) {
    say(`The network is bad on purpose (--lab ${formatLabSpec(invocation.lab)}).`);
  }
  if (isServer) {
    output.write(joinLine(gateway.serverAddresses()));
    reportAddresses(gateway, output);
    const joinCode = gateway.api.snapshot().snapshot.hosting?.joinCode ?? null;
    if (joinCode !== null) output.write(joinCodeLine(joinCode, process.stdout.isTTY));
    say("On the operator's page you see the people, the rooms and the traffic of this server:");
    for (const line of linkLines(link)) say(line);
    say(`GET ${gateway.url()}healthz answers while the server runs.`);
  } else {
    for (const line of linkLines(link)) say(line);
  }
  if (invocation.guestsAt !== null && !invocation.guests)
    say(
      '--guests-at only chooses where guests find this computer. Add --guests to let them come from the start.',
    );
  reportGuests(invocation, gateway, isServer ? (line) => output.write(line) : say);
  say(endSentence(invocation, isServer));
  if (!isServer) reportSession(invocation, gateway, say);
}

/** Says how the program ends. One that takes its commands from a pipe ends by itself. */
function endSentence({ terminal, json }: Run, isServer: boolean): string {
  if (terminal && !json && !isServer && !isInteractive())
    return 'This ends by itself after the last command.';
  const wholeChat = isServer ? 'the chat for everyone' : 'the chat on this computer';
  if (hasWindow()) return `Keep this window open. Closing it ends ${wholeChat}.`;
  return `This runs without a window. To end ${wholeChat}, run kill ${process.pid}.`;
}

/** A script has events for this. */
function reportGuests({ role, terminal, json }: Run, gateway: Gateway, print: (line: string) => void): void {
  if (json) return;
  const isServer = role.type === 'server';
  const { isTTY } = isServer ? process.stdout : process.stderr;
  const report = new GuestReport({ isServer, isWindow: isTTY, besidePrompt: terminal, drawCode, print });
  const take = (guests: Guests | null): void => void report.take(guests, performance.now());
  take(gateway.api.snapshot().snapshot.guests);
  gateway.api.subscribe(({ event }) => {
    if (event.type === 'guests') take(event.guests);
    else if (event.type === 'reset') take(event.snapshot.guests);
  });
}

/** Prints the line of a server again when its addresses change. */
function reportAddresses(gateway: Gateway, output: LineWriter): void {
  let printed = joinLine(gateway.serverAddresses());
  gateway.api.subscribe(({ event }) => {
    if (event.type !== 'hosting' || event.hosting === null) return;
    const { addresses } = event.hosting;
    if (joinLine(addresses) === printed) return;
    printed = joinLine(addresses);
    output.write(changedJoinLine(addresses));
  });
}

function reportSession(invocation: Run, gateway: Gateway, say: (sentence: string) => void): void {
  const report = new SessionReport({ besidePrompt: invocation.terminal && !invocation.json });
  for (const sentence of report.begin(gateway.api.snapshot().snapshot)) say(sentence);
  gateway.api.subscribe(({ event }) => {
    for (const sentence of report.handle(event)) say(sentence);
  });
}

/** The terminal of a gateway with no other frontend there: Enter prints a new link, and a needed join code is asked for. */
class Window {
  readonly #gateway: Gateway;
  readonly #input: Readable;
  #lines: Readline | undefined;
  #isAsking = false;

  constructor(gateway: Gateway, input: Readable) {
    this.#gateway = gateway;
    this.#input = input;
  }

  open(): void {
    printNotice('Press Enter here for a new link.');
    this.#readEnter();
    this.#gateway.api.subscribe(({ event }) => {
      if (event.type === 'session' || event.type === 'reset') void this.#askForJoinCode();
    });
    void this.#askForJoinCode();
  }

  #readEnter(): void {
    this.#lines = createInterface({ input: this.#input, terminal: false });
    const newLink = (): Link => this.#gateway.newLink();
    this.#lines.on('line', (line) => windowLines(line, newLink).forEach(printNotice));
  }

  async #askForJoinCode(): Promise<void> {
    if (this.#isAsking || !this.#isNeeded()) return;
    this.#isAsking = true;
    this.#lines?.close();
    while (this.#isNeeded()) {
      const text = await askSecret({
        input: this.#input,
        output: process.stderr,
        question: joinCodeQuestion,
        onInterrupt: () => process.kill(process.pid, 'SIGINT'),
      });
      if (text === undefined || text.trim() === '') break;
      const answer = await this.#gateway.api.execute(newId(), { type: 'register', joinCode: text });
      if (answer.status === 'done') break;
      printNotice(answer.sentence);
    }
    this.#isAsking = false;
    this.#readEnter();
  }

  #isNeeded(): boolean {
    return canEnterJoinCode(this.#gateway.api.snapshot().snapshot.session);
  }
}

/** Runs the commands that the operator types into the server's window or a pipe. The server outlives the input. */
async function runServerConsole(gateway: Gateway, input: Readable, output: LineWriter): Promise<void> {
  const serverConsole = new ServerConsole({ api: gateway.api, newId, agoText: agoTextIn(), drawCode });
  for await (const line of readLines(input, consoleLineBytesMax, new AbortController().signal)) {
    for (const answer of await serverConsole.answer(line)) output.writeOrSkip(answer);
  }
}

/** No command of a server is nearly as long. */
const consoleLineBytesMax = 4_096;

/** What the user or a script writes to this program. */
interface StandardInput {
  readonly input: Readable;
  /** Does what Ctrl-Z means. */
  readonly stopJob: () => void;
  /** Whether the end of this process would stop it instead. */
  readonly wouldStopAtEnd: () => boolean;
}

function standardInput(): StandardInput {
  // A pipe has no such key.
  if (!process.stdin.isTTY)
    return { input: process.stdin, stopJob: () => undefined, wouldStopAtEnd: () => false };
  const input = new ForegroundInput(process.stdin);
  return { input, stopJob: followShell(input), wouldStopAtEnd: () => input.wouldStopAtEnd };
}

/** A log, a pipe and a terminal that can only print get no QR code. */
async function drawCode(text: string): Promise<readonly string[]> {
  const { isTTY, columns } = process.stdout;
  return isTTY && !isPlainTerminal() ? qrCodeLines(text, columns) : [];
}

/** Whether the terminal can only print, as far as the system knows. Terminals of Windows have no such name. */
function isPlainTerminal(): boolean {
  const { TERM: name = '' } = process.env;
  return name === 'dumb' || (process.platform !== 'win32' && (name === '' || name === 'unknown'));
}

function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

/** A bug ends the program: with a sentence for the user, the stack for the report, and an orderly close if possible. */
function endOnFault(close: () => Promise<void> | undefined): void {
  let failed = false;
  process.on('uncaughtException', (error) => {
    printNotice(`A bug in Chatagram ended it. Please report this:\n${error.stack ?? String(error)}`);
    if (failed) process.exit(exitCodes.fault);
    failed = true;
    void Promise.resolve(close()).finally(() => process.exit(exitCodes.fault));
  });
}

function printNotice(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
