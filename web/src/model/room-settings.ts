import type { RoomView } from '../../../shared/bridge/rooms.ts';
import {
  roomKeepBytesMax,
  roomKeepCountMax,
  roomKeepDaysMax,
  roomSlowSecondsMax,
} from '../../../shared/limits.ts';
import type { Mode, Retention } from '../../../shared/rooms/content.ts';

/** The texts of the form for a room. An empty bound means no bound. */
export interface RoomForm {
  name: string;
  topic: string;
  mode: Mode['name'];
  slowSeconds: string;
  history: RoomView['history'];
  days: string;
  count: string;
  mebibytes: string;
}

const mebibyte = 1_048_576;
const usualSlowSeconds = '30';

export function settingsForm({ name, topic, mode, history, retention }: RoomView): RoomForm {
  return {
    name,
    topic,
    mode: mode.name,
    slowSeconds: mode.name === 'slow' ? String(mode.seconds) : usualSlowSeconds,
    history,
    days: textOf(retention.days),
    count: textOf(retention.count),
    mebibytes: textOf(
      retention.bytes === undefined ? undefined : Math.max(1, Math.round(retention.bytes / mebibyte)),
    ),
  };
}

function textOf(bound: number | undefined): string {
  return bound === undefined ? '' : String(bound);
}

/** Returns null if the number of seconds is wrong. */
export function modeOf({ mode, slowSeconds }: RoomForm): Mode | null {
  if (mode !== 'slow') return { name: mode };
  const seconds = numberIn(slowSeconds, roomSlowSecondsMax);
  return typeof seconds === 'number' ? { name: 'slow', seconds } : null;
}

/** Returns null if a bound is wrong. */
export function retentionOf({ days, count, mebibytes }: RoomForm): Retention | null {
  const bounds = [
    numberIn(days, roomKeepDaysMax),
    numberIn(count, roomKeepCountMax),
    numberIn(mebibytes, roomKeepBytesMax / mebibyte),
  ] as const;
  const [keptDays, keptCount, keptMebibytes] = bounds;
  if (keptDays === null || keptCount === null || keptMebibytes === null) return null;
  return {
    ...(keptDays === undefined ? {} : { days: keptDays }),
    ...(keptCount === undefined ? {} : { count: keptCount }),
    ...(keptMebibytes === undefined ? {} : { bytes: keptMebibytes * mebibyte }),
  };
}

/** Undefined: nothing was typed. Null: that is no whole number from 1 to `most`. */
function numberIn(typed: string, most: number): number | null | undefined {
  const text = typed.trim();
  if (text === '') return undefined;
  const value = Number(text);
  return /^\d+$/u.test(text) && value >= 1 && value <= most ? value : null;
}
