import { readFileSync } from 'node:fs';

/** The tables of the kernel, as Linux has them in files. */
export interface RouteTables {
  /** /proc/net/route */
  readonly ipv4: string;
  /** /proc/net/ipv6_route */
  readonly ipv6: string;
}

/**
 * Returns the interfaces with a default route, the one that is used first, those of IPv4 before those of IPv6. Empty on systems
 * that have these tables nowhere in a file.
 */
export function defaultRouteInterfaces(tables: RouteTables = systemTables()): string[] {
  const routes = [...ipv4Defaults(tables.ipv4), ...ipv6Defaults(tables.ipv6)];
  return [...new Set(routes.map(({ device }) => device))];
}

interface DefaultRoute {
  readonly device: string;
  /** The route with the smallest metric is used. */
  readonly metric: number;
}

/** RTF_UP and RTF_REJECT of linux/route.h. */
const flagUp = 0x1;
const flagReject = 0x200;

/** `Iface Destination Gateway Flags RefCnt Use Metric Mask ...`, in hex but for the metric. */
function ipv4Defaults(table: string): DefaultRoute[] {
  return sorted(
    table
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/u))
      .filter(([, destination, , flags, , , , mask]) => {
        return destination === '00000000' && mask === '00000000' && isUsed(flags);
      })
      .map(([device = '', , , , , , metric]) => ({ device, metric: Number(metric) })),
  );
}

/** `destination bits source bits gateway metric refcount use flags device`, all in hex. */
function ipv6Defaults(table: string): DefaultRoute[] {
  return sorted(
    table
      .split('\n')
      .map((line) => line.trim().split(/\s+/u))
      .filter(([destination, bits, , , , , , , flags, device]) => {
        return /^0{32}$/u.test(destination ?? '') && bits === '00' && isUsed(flags) && device !== 'lo';
      })
      .map(([, , , , , metric = '', , , , device = '']) => ({ device, metric: Number.parseInt(metric, 16) })),
  );
}

function isUsed(flags: string | undefined): boolean {
  const bits = Number.parseInt(flags ?? '', 16);
  return (bits & flagUp) !== 0 && (bits & flagReject) === 0;
}

function sorted(routes: readonly DefaultRoute[]): DefaultRoute[] {
  return routes.toSorted((one, other) => one.metric - other.metric);
}

function systemTables(): RouteTables {
  return { ipv4: textOf('/proc/net/route'), ipv6: textOf('/proc/net/ipv6_route') };
}

function textOf(file: string): string {
  if (process.platform !== 'linux') return '';
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
