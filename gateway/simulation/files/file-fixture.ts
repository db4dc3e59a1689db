import { directConversation, type ConversationId } from '../../../shared/conversation.ts';
import { digestFromBytes, type MessageId, type PeerKey } from '../../../shared/ids.ts';
import type { FileView } from '../../client/client-event.ts';
import type { FileSource } from '../../turn/file-disk.ts';
import type { ChatSimulation, SimulatedClient } from '../chat/chat-simulation.ts';

/** Bytes that differ from piece to piece and from seed to seed. */
export function fileBytes(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed;
  for (let index = 0; index < size; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Offers a file to a person. Throws if the client refuses it. */
export function offer(
  simulation: ChatSimulation,
  from: SimulatedClient,
  to: { readonly key: PeerKey },
  source: FileSource,
): MessageId {
  const id = tryToOffer(simulation, from, directConversation(to.key), source);
  if (id === undefined) throw new Error('the offer was refused');
  return id;
}

/** Offers a file in a conversation. Undefined: the client refuses it. */
export function tryToOffer(
  simulation: ChatSimulation,
  from: SimulatedClient,
  conversation: ConversationId,
  source: FileSource,
  type = 'application/octet-stream',
): MessageId | undefined {
  const id = simulation.newMessageId();
  const { root, size } = source.blob;
  const content = {
    kind: 'file',
    name: 'plan.bin',
    size,
    type,
    root: digestFromBytes(root),
  } as const;
  const result = from.command((client, now) => client.offerFile(now, { id, conversation, content }, source));
  return result.status === 'done' ? id : undefined;
}

export function fileOf(one: SimulatedClient, of: MessageId): FileView | undefined {
  return one.role.file(of);
}

/** Wants a file. Throws if the client refuses that. */
export function accept(one: SimulatedClient, of: MessageId): void {
  const result = one.command((client, now) => client.acceptFile(now, of));
  if (result.status !== 'done') throw new Error(`refused: ${result.code}`);
}
