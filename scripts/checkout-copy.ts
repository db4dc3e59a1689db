import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

/** Everything that `npm start` reads before and while it sets up. */
const files = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'vite.config.ts',
  'vite.gateway.config.ts',
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
