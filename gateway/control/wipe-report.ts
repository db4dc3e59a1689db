import type { Profile, Session } from '../../shared/bridge/schema.ts';
import type { WipeReport } from '../../shared/bridge/wipe.ts';
import { dataFolderForeignMax } from '../../shared/limits.ts';
import { nicknameComparisonKey } from '../../shared/nickname.ts';

interface Wiped {
  /** The session and the profiles as they were before. */
  readonly session: Session;
  readonly profiles: readonly Profile[];
  readonly isReleased: boolean;
  /** What a wipe leaves in the data folder. */
  readonly left: readonly string[];
}

/** Tells what a wipe has done. A nickname at a server of this computer is free, because that server is gone. */
export function reportOf({ session, profiles, isReleased, left }: Wiped): WipeReport {
  const released = session.phase !== 'none' && isReleased ? session.nickname : null;
  const isFree = ({ nickname, server, hosted }: Profile): boolean => {
    if (hosted) return true;
    if (released === null || session.phase === 'none') return false;
    const isSameServer =
      server.key === undefined
        ? server.address === session.server.address
        : server.key === session.server.key;
    return isSameServer && nicknameComparisonKey(nickname) === nicknameComparisonKey(released);
  };
  return {
    released,
    taken: profiles
      .filter((profile) => !isFree(profile))
      .map(({ nickname, server }) => ({ nickname, server })),
    left: left.slice(0, dataFolderForeignMax),
  };
}
