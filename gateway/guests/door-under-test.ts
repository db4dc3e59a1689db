import { gatewayKeyHash } from '../../shared/guests/handshake-format.ts';
import type { GuestLink } from '../../shared/guests/link.ts';
import { fromHex, toHex } from '../../shared/ids.ts';
import { keyPairOf } from '../crypto/crypto.ts';
import { guestBlake2b } from '../crypto/guest-crypto.ts';
import { GuestDesk } from './guest-desk.ts';
import { GuestDoor, type GuestDoorOptions } from './guest-door.ts';

export interface DoorUnderTestOptions extends Pick<GuestDoorOptions, 'after'> {
  readonly random: (byteCount: number) => Uint8Array;
  readonly sit: GuestDoorOptions['seats']['sit'];
}

/** The moment at which pages come to it. */
export const arrivalMoment = { monotonicMs: 0, wallMs: 1_764_500_000_000 };
/** The list from which it takes the four words of a page. */
export const wordList = Array.from({ length: 2_048 }, (_, index) => `word${index}`);

/** A desk that is switched on, which keeps nothing, and its door. The chat takes the nickname of each guest at once. */
export class DoorUnderTest {
  readonly desk: GuestDesk;
  readonly door: GuestDoor;
  readonly #publicKey: Uint8Array;

  constructor({ random, sit, after }: DoorUnderTestOptions) {
    const staticKeys = keyPairOf(random(32));
    this.#publicKey = staticKeys.publicKey;
    this.desk = new GuestDesk({
      store: { load: () => undefined, save: () => undefined },
      randomHex: (byteCount) => toHex(random(byteCount)),
      isOwnHost: () => true,
      onAdmitted: ({ key }) => this.door.admitted(key),
      onEnded: (key, why) => this.door.ended(key, why),
      onForgotten: () => undefined,
      onChange: () => undefined,
    });
    this.door = new GuestDoor({
      desk: this.desk,
      seats: {
        sit: (key) => {
          const guest = this.desk.list().choosing.find((each) => each.key === key);
          if (guest !== undefined) this.desk.joined(key, guest.name);
          return sit(key);
        },
      },
      staticKeys,
      ephemeralKeys: () => keyPairOf(random(32)),
      wordList,
      now: () => arrivalMoment,
      onFault: (error) => {
        throw error;
      },
      after,
    });
    this.desk.switchOn();
  }

  /** The link of the host. Guests that are switched off have one with a secret of zeros. */
  get link(): GuestLink {
    const secret = fromHex(this.desk.secret ?? '00'.repeat(32));
    return { secret, gatewayKeyHash: gatewayKeyHash(this.#publicKey, guestBlake2b) };
  }
}
