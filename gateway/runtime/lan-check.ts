import type { OtherSide } from '../../shared/check/connection-check.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { namesKey } from '../../shared/join-address.ts';
import { ConnectionCheck } from '../check/connection-check.ts';
import type { Expected } from '../check/probe.ts';
import type { CheckListeners, CheckRequest, RunningCheck } from '../control/ports.ts';
import { keyPairOf, transportCrypto } from '../crypto/crypto.ts';
import { fingerprintOf } from '../crypto/fingerprint.ts';
import { CheckRun } from '../net/check/check-run.ts';
import { machineFacts } from '../net/check/machine-facts.ts';
import { SystemClock } from '../net/clock.ts';
import { systemLinks } from '../net/discovery/system-links.ts';
import { secureRandom } from '../net/random.ts';
import { Endpoint } from '../transport/endpoint.ts';

export interface StartCheckOptions extends CheckListeners {
  /** Whether questions of discovery may leave. */
  readonly asksNetwork: boolean;
  /** Checks the signature of a server by its peer key. */
  readonly verify: (key: PeerKey, signed: Uint8Array, signature: Uint8Array) => boolean;
  readonly onFault: (error: unknown) => void;
}

/** Starts a connection check on this machine, on sockets of its own. */
export function startCheck(request: CheckRequest, options: StartCheckOptions): RunningCheck {
  let isStopped = false;
  let run: CheckRun | undefined;
  let otherSide: OtherSide | undefined;
  const begin = async (): Promise<void> => {
    const machine = await machineFacts();
    const check = new ConnectionCheck({
      targets: request.targets,
      expected: expectedOf(request.expected),
      links: options.asksNetwork ? systemLinks() : [],
      machine,
      connectedAt: request.connectedAt,
      asksOtherSide: request.asksOtherSide,
      newEndpoint: () =>
        new Endpoint({ keys: keyPairOf(secureRandom(32)), crypto: transportCrypto, random: secureRandom }),
      random: secureRandom,
      verify: options.verify,
    });
    if (isStopped) return;
    options.onReport(check.report());
    const { onReport, onOpen } = options;
    run = new CheckRun({ check, clock: new SystemClock(), onReport, onOpen });
    await run.start();
    if (otherSide !== undefined) run.tellOtherSide(otherSide);
  };
  begin().catch(options.onFault);
  return {
    tellOtherSide: (told) => {
      otherSide = told;
      run?.tellOtherSide(told);
    },
    stop: () => {
      isStopped = true;
      run?.stop();
    },
  };
}

function expectedOf(expected: CheckRequest['expected']): Expected {
  if (expected.role === 'client') return expected;
  const { named } = expected;
  return { role: 'server', named: named === null ? null : (key) => namesKey(named, key, fingerprintOf) };
}
