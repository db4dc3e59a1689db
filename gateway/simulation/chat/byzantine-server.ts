import { decodeMessage, encodeMessage } from '../../../shared/chat/codec.ts';
import type { ProtocolMessage } from '../../../shared/chat/kinds.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Role } from '../../turn/role.ts';
import type { EndpointAction } from '../../transport/events.ts';

/** Returns the messages that the server sends instead of one, and their recipients. */
export type ByzantineReplies = (
  to: PeerKey,
  message: ProtocolMessage,
) => readonly (readonly [PeerKey, ProtocolMessage])[];

/** Wraps a role. While `replies` returns a function, that function replaces each message that the role sends. */
export function byzantine<Change>(
  role: Role<Change>,
  replies: () => ByzantineReplies | undefined,
): Role<Change> {
  const actions: EndpointAction[] = [];
  const poll = (): EndpointAction | undefined => {
    const action = role.pollAction();
    const tell = replies();
    if (action?.type !== 'send' || tell === undefined) return action;
    const decoded = decodeMessage(action.bytes);
    if (decoded.type !== 'message') return action;
    const replaced = tell(action.peer, decoded.message);
    for (const [peer, message] of replaced) {
      const instance = peer === action.peer ? action.instance : undefined;
      actions.push({ ...action, peer, instance, bytes: encodeMessage(message) });
    }
    return actions.shift() ?? poll();
  };
  return {
    handleEvent: (now, event) => role.handleEvent(now, event),
    handleTimeout: (now) => role.handleTimeout(now),
    handleNetworkChange: (now) => role.handleNetworkChange?.(now),
    pollTimeout: () => role.pollTimeout(),
    pollAction: () => actions.shift() ?? poll(),
    pollChange: () => role.pollChange(),
    resetFromStore: (now) => {
      actions.length = 0;
      role.resetFromStore(now);
    },
    handleUncommitted: (event, cause) => role.handleUncommitted?.(event, cause),
  };
}
