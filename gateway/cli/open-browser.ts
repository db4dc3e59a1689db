import { spawn } from 'node:child_process';

/** What decides whether there is a browser, and how it is opened. */
export interface Desktop {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The command that opens a link on this desktop; undefined where no person sits before one. */
export function browserCommand(
  link: string,
  { platform, environment }: Desktop,
): { readonly file: string; readonly args: readonly string[] } | undefined {
  if (isSet(environment['CI'])) return undefined;
  switch (platform) {
    case 'darwin':
      return { file: 'open', args: [link] };
    case 'win32':
      // `start` takes a first quoted word for the window's title; the link has no character that cmd reads.
      return { file: 'cmd', args: ['/c', 'start', '""', link] };
    default:
      if (!isSet(environment['DISPLAY']) && !isSet(environment['WAYLAND_DISPLAY'])) return undefined;
      return { file: 'xdg-open', args: [link] };
  }
}

/** Opens the link if there is a browser. Never fails: the link is on the screen anyway. */
export function openBrowser(link: string, desktop: Desktop = thisDesktop()): void {
  const command = browserCommand(link, desktop);
  if (command === undefined) return;
  const child = spawn(command.file, command.args, {
    detached: true,
    stdio: 'ignore',
    windowsVerbatimArguments: desktop.platform === 'win32',
  });
  child.on('error', () => {
    // No such program: the person opens the link by hand.
  });
  child.unref();
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function thisDesktop(): Desktop {
  return { platform: process.platform, environment: process.env };
}
