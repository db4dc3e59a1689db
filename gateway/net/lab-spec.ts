/** A deliberately bad network: the faults that the conditioner adds to each outgoing datagram (`--lab`). */
export interface LabSpec {
  /** Chances in percent, from 0 to 100; fractions are allowed. */
  readonly lossPercent: number;
  readonly duplicatePercent: number;
  readonly reorderPercent: number;
  readonly corruptPercent: number;
  /** Each datagram waits `delayMs`, plus or minus up to `jitterMs` (evenly distributed, never below 0). */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** The same seed and the same traffic give the same faults. */
  readonly seed: number;
}

/** A network without faults. */
export const perfectLabSpec: LabSpec = {
  lossPercent: 0,
  duplicatePercent: 0,
  reorderPercent: 0,
  corruptPercent: 0,
  delayMs: 0,
  jitterMs: 0,
  seed: 1,
};

export type ParsedLabSpec = { readonly spec: LabSpec } | { readonly error: string };

/** Reads `loss=20,dup=10,reorder=5,corrupt=1,delay=5±3,seed=7`; `+-` means `±`. A missing value is 0. */
export function parseLabSpec(text: string): ParsedLabSpec {
  let spec = perfectLabSpec;
  const seen = new Set<string>();
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=', 2).map((text) => text.trim());
    if (seen.has(name)) return { error: `${name} was given twice` };
    seen.add(name);
    const change = readSetting(name, value);
    if ('error' in change) return change;
    spec = { ...spec, ...change.setting };
  }
  return { spec };
}

/** Returns the text from which `parseLabSpec` reads an equal specification. */
export function formatLabSpec(spec: LabSpec): string {
  const parts: string[] = [];
  for (const [name, field] of Object.entries(percentFields)) {
    if (spec[field] > 0) parts.push(`${name}=${spec[field]}`);
  }
  if (spec.delayMs > 0 || spec.jitterMs > 0) {
    parts.push(spec.jitterMs > 0 ? `delay=${spec.delayMs}±${spec.jitterMs}` : `delay=${spec.delayMs}`);
  }
  parts.push(`seed=${spec.seed}`);
  return parts.join(',');
}

const percentFields = {
  loss: 'lossPercent',
  dup: 'duplicatePercent',
  reorder: 'reorderPercent',
  corrupt: 'corruptPercent',
} as const;

/** With longer delays every attempt would time out, and the network would look dead, not bad. */
const delayMsMax = 60_000;

type Setting = { readonly setting: Partial<LabSpec> } | { readonly error: string };

function readSetting(name: string, value: string): Setting {
  switch (name) {
    case 'loss':
    case 'dup':
    case 'reorder':
    case 'corrupt': {
      const percent = readNumber(value);
      if (percent === undefined || percent > 100) {
        return { error: `${name} is a percentage from 0 to 100, as in ${name}=20, not "${value}"` };
      }
      return { setting: { [percentFields[name]]: percent } };
    }
    case 'delay': {
      const [delayText = '', jitterText = '0', ...rest] = value.split(/±|\+-/);
      const delayMs = readNumber(delayText.trim());
      const jitterMs = readNumber(jitterText.trim());
      if (
        rest.length > 0 ||
        delayMs === undefined ||
        jitterMs === undefined ||
        delayMs + jitterMs > delayMsMax
      ) {
        return {
          error: `delay is in milliseconds, at most ${delayMsMax}, as in delay=5 or delay=5±3, not "${value}"`,
        };
      }
      return { setting: { delayMs, jitterMs } };
    }
    case 'seed': {
      const seed = /^\d{1,15}$/.test(value) ? Number(value) : undefined;
      return seed === undefined
        ? { error: `seed is a whole number, as in seed=7, not "${value}"` }
        : { setting: { seed } };
    }
    default:
      return { error: `"${name}" is not one of loss, dup, reorder, corrupt, delay and seed` };
  }
}

function readNumber(text: string): number | undefined {
  return /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
}
