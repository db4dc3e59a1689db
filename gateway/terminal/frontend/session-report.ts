import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { Hosting, Session } from '../../../shared/bridge/schema.ts';
import { errors } from '../../../shared/errors.ts';
import { safeLine } from '../text/safe-text.ts';
import { wipedLines } from './wipe-lines.ts';
import { andOthers, changedJoinLine, joinLine } from '../server-console/server-lines.ts';

/** Reports changes of the session and of hosting to the user, as sentences for standard error. */
export class SessionReport {
  readonly #besidePrompt: boolean;
  #phase: Session['phase'] = 'none';
  #isSilent = false;
  /** The last line about the addresses of a server here; empty without one. */
  #joinLine = '';

  /** With `besidePrompt`, leaves out what the prompt prints, at a keyboard and over a pipe: a refusal, and results of commands. */
  constructor({ besidePrompt }: { readonly besidePrompt: boolean }) {
    this.#besidePrompt = besidePrompt;
  }

  begin(snapshot: Pick<Snapshot, 'session' | 'hosting'>): string[] {
    return [...this.#session(snapshot.session), ...this.#host(snapshot.hosting)];
  }

  handle(event: BridgeEvent): string[] {
    switch (event.type) {
      case 'session':
        return this.#session(event.session);
      case 'hosting':
        return this.#host(event.hosting);
      case 'reset':
        return this.begin(event.snapshot);
      case 'wiped':
        return wipedLines(event.report);
      case 'other-version':
        return [
          `${safeLine(event.from)}${andOthers(event.others)} uses version ${event.version} of the protocol. ${errors['version-mismatch'].sentence}`,
        ];
      default:
        // Other events have no line. The shared model (shared/model) handles every event.
        return [];
    }
  }

  #session(session: Session): string[] {
    const before = this.#phase;
    this.#phase = session.phase;
    switch (session.phase) {
      case 'none':
        return [];
      case 'joining':
        if (before === 'joining') return [];
        return [`Joining ${placeText(session)} as ${safeLine(session.nickname)} ...`];
      case 'online':
        return this.#online(before, safeLine(session.nickname), safeLine(session.server.address));
      case 'unreachable':
        // Without a time for the next attempt, one is running, so it is too early to call the server silent.
        if (this.#isSilent || session.nextAttemptAtMs === null) return [];
        this.#isSilent = true;
        return [
          `The server at ${safeLine(session.server.address)} does not answer. Chatagram keeps trying. ` +
            'Check the address, the firewall, and that both computers are on the same network.',
        ];
      case 'offline':
        this.#isSilent = false;
        return before === 'offline' || this.#besidePrompt
          ? []
          : [`You are offline at ${safeLine(session.server.address)}.`];
      case 'refused':
        return before === 'refused' || this.#besidePrompt ? [] : [refusalSentence(session)];
      default:
        return session satisfies never;
    }
  }

  #online(before: Session['phase'], nickname: string, server: string): string[] {
    const wasSilent = this.#isSilent;
    this.#isSilent = false;
    if (wasSilent) return [`The server at ${server} answers. You are online as ${nickname}.`];
    // A connection that was lost and restored at once is not worth a line.
    return before === 'none' || before === 'joining' ? [`You are online as ${nickname}, at ${server}.`] : [];
  }

  #host(hosting: Hosting): string[] {
    const before = this.#joinLine;
    this.#joinLine = hosting === null ? '' : joinLine(hosting.addresses);
    if (hosting === null || this.#joinLine === before) return [];
    if (before !== '') return [changedJoinLine(hosting.addresses)];
    return [...(hosting.movedFrom === null ? [] : [movedLine(hosting.movedFrom)]), this.#joinLine];
  }
}

/** The server's address, or the host's name that the user typed with the addresses that are tried. */
function placeText({ server, hostName }: Extract<Session, { phase: 'joining' }>): string {
  if (hostName === undefined) return safeLine(server.address);
  return safeLine(`${hostName.name} (${hostName.addresses.join(' or ')})`);
}

function movedLine(port: number): string {
  return `Another program uses port ${port}, so this chat has another address now. Tell it to the others: they look for you at the earlier one.`;
}

/** Returns "Nickname is already taken.", and a free nickname if the server suggests one. */
function refusalSentence(session: Extract<Session, { phase: 'refused' }>): string {
  const { sentence } = errors[session.code];
  return session.suggestion === null ? sentence : `${sentence} ${safeLine(session.suggestion)} is free.`;
}

/** Returns the same sentence with the command that helps. */
export function refusalWithCommand(session: Extract<Session, { phase: 'refused' }>): string {
  const sentence = refusalSentence(session);
  return session.foundServer === undefined
    ? sentence
    : `${sentence} Type accept-server to accept the new key.`;
}
