import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/** Decides whether there is a browser, and how to open it. */
export interface Desktop {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Two ways to open the app. */
export interface BrowserTarget {
  /** The address of the app, without a secret. There the app asks for the code, which the terminal shows. */
  readonly address: string;
  /** Writes a page that leads to the link, and returns its file. Undefined when the disk refuses. */
  readonly page: () => string | undefined;
}

interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * Opens the app if there is a browser. Never fails, because the link is also on the screen. The link itself is never in the
 * arguments: other accounts can list those.
 */
export async function openBrowser(target: BrowserTarget, desktop: Desktop = thisDesktop()): Promise<void> {
  if (!hasBrowser(desktop)) return;
  const file = (await canOpenFiles(desktop)) ? target.page() : undefined;
  const { file: program, args } = browserCommand(
    file === undefined ? target.address : pathToFileURL(file).href,
    desktop.platform,
  );
  const child = spawn(program, args, {
    detached: true,
    stdio: 'ignore',
    env: desktop.environment,
    windowsVerbatimArguments: desktop.platform === 'win32',
  });
  child.on('error', () => {
    // There is no such program. The user can open the link by hand.
  });
  child.unref();
}

export function hasBrowser({ platform, environment }: Desktop): boolean {
  if (isSet(environment['CI'])) return false;
  if (platform === 'darwin' || platform === 'win32') return true;
  return isSet(environment['DISPLAY']) || isSet(environment['WAYLAND_DISPLAY']);
}

export function browserCommand(url: string, platform: NodeJS.Platform): Command {
  switch (platform) {
    case 'darwin':
      return { file: 'open', args: [url] };
    case 'win32':
      // `start` takes its first quoted word as the title of the window. The quotes protect `&` in the name of a folder.
      return { file: 'cmd', args: ['/c', 'start', '""', `"${url}"`] };
    default:
      return { file: 'xdg-open', args: [url] };
  }
}

/**
 * Whether the program for pages is a browser that can read files of the data folder. Browsers from snap read neither hidden
 * folders nor /tmp, those from Flatpak neither. They get the address instead.
 */
async function canOpenFiles({ platform, environment }: Desktop): Promise<boolean> {
  if (platform === 'darwin' || platform === 'win32') return true;
  const [forPages, forAddresses] = await Promise.all([
    programFor('text/html', environment),
    programFor('x-scheme-handler/http', environment),
  ]);
  // An editor may open pages. Then the browser is the program for addresses.
  if (forPages !== '' && forAddresses !== '' && forPages !== forAddresses) return false;
  const entry = forPages === '' ? forAddresses : forPages;
  return entry === '' || !isConfined(entry, desktopEntry(entry, environment));
}

/** Whether a program from this desktop entry sees only some folders. `text` is undefined if the entry was not found. */
export function isConfined(name: string, text: string | undefined): boolean {
  // snapd names its entries `<snap>_<application>.desktop`.
  if (/^[a-z0-9-]+_[a-z0-9.-]+\.desktop$/u.test(name)) return true;
  return text !== undefined && /^(?:Exec=.*(?:\/snap\/|\bflatpak run\b)|X-Snap|X-Flatpak)/mu.test(text);
}

const queryTimeoutMs = 3_000;

/** Returns the name of a desktop entry, empty if the system does not tell it. */
async function programFor(type: string, environment: Desktop['environment']): Promise<string> {
  try {
    const options = { env: environment, timeout: queryTimeoutMs };
    const { stdout } = await promisify(execFile)('xdg-mime', ['query', 'default', type], options);
    return stdout.trim();
  } catch {
    return '';
  }
}

/** Finds the entry where the XDG Base Directory Specification, snapd and Flatpak put entries. */
function desktopEntry(name: string, environment: Desktop['environment']): string | undefined {
  const home = environment['HOME'] ?? '';
  const dataHome = environment['XDG_DATA_HOME'] ?? path.join(home, '.local', 'share');
  const dataFolders = (environment['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share').split(':');
  const entries = [dataHome, ...dataFolders, '/var/lib/snapd/desktop', '/var/lib/flatpak/exports/share'];
  for (const folder of entries) {
    try {
      return fs.readFileSync(path.join(folder, 'applications', name), 'utf8');
    } catch {
      // It is in another folder, or nowhere.
    }
  }
  return undefined;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

export function thisDesktop(): Desktop {
  return { platform: process.platform, environment: process.env };
}
