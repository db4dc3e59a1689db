import { spawn } from 'node:child_process';

/** Decides whether there is a browser, and how to open it. */
export interface Desktop {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Returns the command that opens a link on this desktop, or undefined without a desktop. */
export function browserCommand(
  link: string,
  { platform, environment }: Desktop,
): { readonly file: string; readonly args: readonly string[] } | undefined {
  if (isSet(environment['CI'])) return undefined;
  switch (platform) {
    case 'darwin':
      return { file: 'open', args: [link] };
    case 'win32':
      // `start` takes its first quoted word as the title of the window. The link has no character special to cmd.
      return { file: 'cmd', args: ['/c', 'start', '""', link] };
    default:
      if (!isSet(environment['DISPLAY']) && !isSet(environment['WAYLAND_DISPLAY'])) return undefined;
      return { file: 'xdg-open', args: [link] };
  }
}

/** Opens the link if there is a browser. Never fails, because the link is also on the screen. */
export function openBrowser(link: string, desktop: Desktop = thisDesktop()): void {
  const command = browserCommand(link, desktop);
  if (command === undefined) return;
  const child = spawn(command.file, command.args, {
    detached: true,
    stdio: 'ignore',
    windowsVerbatimArguments: desktop.platform === 'win32',
  });
  child.on('error', () => {
    // There is no such program. The user can open the link by hand.
  });
  child.unref();
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function thisDesktop(): Desktop {
  return { platform: process.platform, environment: process.env };
}
