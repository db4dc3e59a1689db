import { encodeMessage } from '../../shared/chat/codec.ts';
import type { Grease } from '../../shared/chat/grease.ts';
import { kindTable } from '../../shared/chat/kind-table.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import type { InstanceId, PeerKey } from '../../shared/ids.ts';
import type { EndpointAction } from '../transport/events.ts';

/** A message that a role sends to a peer. */
export interface OutgoingMessage {
  readonly peer: PeerKey;
  /** The connection to this process of the peer; undefined for the newest. */
  readonly instance: InstanceId | undefined;
  readonly message: ProtocolMessage;
  /** Comes back in the endpoint's events. */
  readonly token: string;
}

/** Encodes the message and appends it to the actions of a turn, on the channel of its kind (PROTOCOL 6.67). With `grease`, unknown things travel with it now and then. */
export function pushMessage(
  actions: EndpointAction[],
  grease: Grease | null,
  { peer, instance, message, token }: OutgoingMessage,
): void {
  const encoded = encodeMessage(message);
  const { channel } = kindTable[message.kind];
  const bytes = grease?.map(encoded) ?? encoded;
  if (channel === 'unreliable') return void actions.push({ type: 'send-unreliable', peer, instance, bytes });
  actions.push({ type: 'send', peer, instance, channel, bytes, token });
  const unknown = grease?.message();
  if (unknown !== undefined)
    actions.push({ type: 'send', peer, instance, channel: 'control', bytes: unknown, token: 'grease' });
}
