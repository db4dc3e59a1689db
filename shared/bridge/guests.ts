import Type, { type Static } from 'typebox';
import { guestsMax, guestsWaitingMax } from '../limits.ts';
import { ErrorCodeSchema } from './schema.ts';

/** By which the host names a guest or a visitor. No number is given twice in one run. */
export const GuestNumberSchema = Type.Integer({ minimum: 1 });

/** A person who came in by browser. */
const GuestSchema = Type.Object({
  number: GuestNumberSchema,
  /** The nickname in the chat; empty while the guest has none. */
  name: Type.String(),
  /**
   * `here`: a page of the guest is connected, or was until a moment ago. `choosing`: also that, and the guest has no nickname in the chat yet.
   * It takes a place, and is forgotten when it goes.
   */
  state: Type.Union([Type.Literal('here'), Type.Literal('away'), Type.Literal('choosing')]),
  /** The IP address of the newest page; null without one. */
  host: Type.Union([Type.String(), Type.Null()]),
  /** Since when the guest is here, or away. The gateway's wall clock in milliseconds. */
  sinceMs: Type.Number(),
});

/** A visitor that waits until the host lets it in. */
const WaitingGuestSchema = Type.Object({
  number: GuestNumberSchema,
  name: Type.String(),
  /** The four words that both screens show, with spaces between them. */
  words: Type.String(),
  /** The IP address of the page. */
  host: Type.String(),
  /** False: the visitor has typed the address, so that only the four words tell who it is. */
  hasLink: Type.Boolean(),
});

/** What the host sees of the guests of the open chat. */
export const GuestsSchema = Type.Object({
  /** Whether guests may come, now or as soon as `fault` is gone. */
  isOn: Type.Boolean(),
  /** The whole link, at the first origin; null while no guest can come. It holds a secret: it goes to the people who may come. */
  link: Type.Union([Type.String(), Type.Null()]),
  /** `http://192.168.1.7:5080`, where guests find this gateway. The one that most likely works first. */
  origins: Type.Array(Type.String()),
  /** How many guests there may be. */
  limit: Type.Integer({ minimum: 1, maximum: guestsMax }),
  /** Whether the host lets in each new guest, also one with a link. */
  asks: Type.Boolean(),
  /** Why no guest can come although guests are switched on; null without a fault. */
  fault: Type.Union([ErrorCodeSchema, Type.Null()]),
  guests: Type.Array(GuestSchema, { maxItems: guestsMax }),
  /** The oldest first. */
  waiting: Type.Array(WaitingGuestSchema, { maxItems: guestsWaitingMax }),
});
export type Guests = Static<typeof GuestsSchema>;
