import type { Delivery } from '../../../shared/message.ts';
import { secondsUntil } from '../model/banner.ts';
import type { PendingMessage } from '../model/pending.ts';
import type { TimelineEntry } from '../model/timeline.ts';
import type { Texts } from './texts.ts';

/** The note under a sent message. */
export interface DeliveryNote {
  readonly icon:
    'in-tab' | 'handed' | 'sending' | 'waiting' | 'stored' | 'delivered' | 'later' | 'read' | 'failed';
  readonly words: string;
  readonly canRetry: boolean;
  readonly canDiscard: boolean;
}

/** What has to come back before a message can be sent at all. Null: nothing. */
export type WaitsFor = 'server' | 'connection' | null;

/** `name` is the recipient's. `inTab`: what a guest reads of a message that only the page has. `byServer` means that the server reached the recipient when this gateway could not. */
export function noteOf(
  entry: TimelineEntry,
  name: string,
  byServer: boolean,
  nowMs: number,
  texts: Texts,
  waitsFor: WaitsFor = null,
  inTab: string = texts.delivery.inTab,
): DeliveryNote {
  if (waitsFor !== null && isOnItsWay(entry))
    return quiet(
      'waiting',
      waitsFor === 'server' ? texts.delivery.waitingForServer : texts.delivery.waitingFor['no-connection'],
    );
  if (entry.source === 'tab') return noteOfPending(entry.message.state, inTab, texts);
  return noteOfDelivery(entry.message.delivery ?? { state: 'saved' }, name, byServer, nowMs, texts);
}

/** The tab or the gateway has it and tries to send it. */
function isOnItsWay(entry: TimelineEntry): boolean {
  if (entry.source === 'tab') return entry.message.state.kind === 'saved';
  const { state } = entry.message.delivery ?? { state: 'saved' };
  return state === 'saved' || state === 'sending';
}

function noteOfPending(state: PendingMessage['state'], inTab: string, texts: Texts): DeliveryNote {
  switch (state.kind) {
    case 'in-tab':
      return quiet('in-tab', inTab);
    case 'saved':
      return quiet('handed', texts.delivery.handingOver);
    case 'refused':
      return {
        icon: 'failed',
        words: texts.delivery.failed(texts.errors[state.code]),
        canRetry: state.retry,
        canDiscard: true,
      };
    default:
      return state satisfies never;
  }
}

function noteOfDelivery(
  delivery: Delivery,
  name: string,
  byServer: boolean,
  nowMs: number,
  texts: Texts,
): DeliveryNote {
  const words = texts.delivery;
  switch (delivery.state) {
    case 'saved':
      return quiet('handed', words.saved);
    case 'sending':
      return quiet(
        'sending',
        delivery.via === 'server' ? words.sendingToServer(delivery.attempt) : words.sending(delivery.attempt),
      );
    case 'waiting':
      return quiet('waiting', waitingWords(delivery, name, nowMs, texts));
    case 'stored':
      return quiet('stored', words.stored(name));
    case 'delivered':
      if (delivery.later) return quiet('later', words.deliveredLater);
      return quiet('delivered', byServer ? words.deliveredByServer : words.delivered);
    case 'read':
      return quiet('read', words.read);
    case 'in-room':
      return quiet('delivered', words.inRoom(delivery.delivered, delivery.read, delivery.of));
    case 'failed':
      return {
        icon: 'failed',
        words: words.failed(texts.errors[delivery.code]),
        canRetry: true,
        canDiscard: true,
      };
    default:
      return delivery satisfies never;
  }
}

function waitingWords(
  delivery: Extract<Delivery, { state: 'waiting' }>,
  name: string,
  nowMs: number,
  texts: Texts,
): string {
  const words = texts.delivery;
  if (delivery.reason === 'not-accepted') return words.waitsForAnswer(name);
  const seconds = secondsUntil(delivery.nextAttemptAtMs, nowMs);
  const reason = words.waitingFor[delivery.reason];
  return seconds === null || seconds === 0 ? reason : words.waitingSeconds(reason, seconds);
}

function quiet(icon: DeliveryNote['icon'], words: string): DeliveryNote {
  return { icon, words, canRetry: false, canDiscard: false };
}
