import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

/** Everything that `npm start` reads before and while it sets up. */
const files = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'vite.config.ts',
  'vite.gateway.config.ts',
  'vite.guest.config.ts',
  'scripts',
  'gateway',
  'shared',
  'web',
];

/** Copies a checkout as git would make it: nothing is installed or built. */
export function copyCheckout(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of files) cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
}

/** The packages of this checkout serve the copy too. */
export function linkPackages(folder: string): void {
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
}

/** Copies the packages that `npm start` installs, and no others: as `npm ci --omit=dev` leaves them, without a network. */
export function copyProgramPackages(folder: string): void {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as Lock;
  const packages = Object.entries(lock.packages).filter(
    ([place, { dev, devOptional }]) =>
      place !== '' && !dev && !devOptional && existsSync(path.join(root, place, 'package.json')),
  );
  for (const [place] of packages)
    cpSync(path.join(root, place), path.join(folder, place), {
      recursive: true,
      // Each nested package is copied by itself.
      filter: (source) => !source.slice(path.join(root, place).length).includes('node_modules'),
    });
  const hidden = path.join(folder, 'node_modules', '.package-lock.json');
  writeFileSync(hidden, JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }));
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
}
