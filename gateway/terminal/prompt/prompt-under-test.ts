import { PassThrough } from 'node:stream';
import type { Answer, Command } from '../../../shared/bridge/commands.ts';
import type { Snapshot } from '../../../shared/bridge/events.ts';
import { roomConversation } from '../../../shared/conversation.ts';
import { ScriptedGateway } from '../frontend/scripted-gateway.ts';
import { PipeScreen } from '../screen/pipe-screen.ts';
import type { Exit } from '../screen/screen.ts';
import { agoTextIn, clockTextIn } from '../text/clock-text.ts';
import { MessageNumbers } from './message-numbers.ts';
import type { PromptContext } from './prompt-command.ts';
import { runPrompt } from './prompt.ts';

/** A prompt that has executed all its lines. */
export interface FinishedPrompt {
  readonly commands: readonly Command[];
  readonly printed: readonly string[];
  readonly exit: Exit;
}

/** Executes these lines at a prompt over a pipe. Each message and change is delivered at once, and each entry is in its room. */
export async function runLines(
  state: Partial<Snapshot>,
  lines: string,
  answer: (command: Command, gateway: ScriptedGateway) => Answer | undefined,
): Promise<FinishedPrompt> {
  const gateway = new ScriptedGateway(state);
  gateway.answer = (command) => {
    const isChange = command.type === 'edit' || command.type === 'delete' || command.type === 'close-poll';
    if (command.type === 'send' || isChange) {
      const delivery = { state: 'delivered', later: false } as const;
      gateway.tell({ type: 'delivery', conversation: command.conversation, id: command.id, delivery });
    }
    const given = answer(command, gateway);
    if (given === undefined && 'room' in command && 'id' in command && command.type !== 'room-readers') {
      const delivery = { state: 'in-room', delivered: 0, read: 0, of: 1 } as const;
      gateway.tell({
        type: 'delivery',
        conversation: roomConversation(command.room),
        id: command.id,
        delivery,
      });
    }
    return given;
  };
  const [input, output] = [new PassThrough(), new PassThrough()];
  let text = '';
  output.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const run = runPrompt({
    api: gateway,
    screen: () => new PipeScreen(input, output, new PassThrough()),
    clockText: clockTextIn('UTC'),
    agoText: agoTextIn('UTC'),
    drawCode: () => Promise.resolve([]),
  });
  input.end(`${lines}\n`);
  const exit = await run.done;
  const printed = text
    .split('\n')
    .slice(0, -1)
    .filter((line) => !/ received your message\.$/u.test(line));
  return { commands: gateway.commands.map(({ command }) => command), printed, exit };
}

/** The prompt as a command sees it, of which the command uses only these parts. */
export function contextOf(
  parts: Pick<PromptContext, 'model' | 'execute'> & Partial<PromptContext>,
): PromptContext {
  const unused = (): never => {
    throw new Error('the command uses a part that the test does not give');
  };
  return {
    agoText: unused,
    guests: unused,
    drawCode: unused,
    help: unused,
    clientLines: unused,
    check: unused,
    chatsNearby: unused,
    numbers: new MessageNumbers(),
    find: unused,
    findRoom: unused,
    findPeer: unused,
    post: unused,
    postTo: unused,
    writeEntry: unused,
    lastSearch: null,
    switchAsked: null,
    messageLine: unused,
    export: unused,
    failedChanges: unused,
    earlier: unused,
    newMessageId: unused,
    answered: unused,
    settled: unused,
    registrationAnswered: unused,
    enterJoinCode: unused,
    quit: unused,
    ...parts,
  };
}
