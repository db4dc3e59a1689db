import { expect, it } from 'vitest';
import { canViteBuildIn, hasEnded, hasPackages, startOf } from './setup.mjs';

type Packages = Parameters<typeof hasPackages>[0];

const here = { os: [process.platform], cpu: [process.arch] };

/** Whether a checkout with these packages is set up for `npm start`, and for `npm test`. */
function isSetUp(installed: Packages, wanted: Packages) {
  return (['program', 'all'] as const).map((packages) => hasPackages(installed, wanted, packages));
}

it.each<[string, Packages, Packages, boolean[]]>([
  ['nothing has changed', { fastify: { version: '5.0.0' } }, { fastify: { version: '5.0.0' } }, [true, true]],
  ['the program needs a new package', {}, { fastify: { version: '5.0.0' } }, [false, false]],
  ['the program needs a package that was one of the tests', {}, { noise: {} }, [false, false]],
  ['only the tests need a new package', {}, { vitest: { dev: true } }, [true, false]],
  [
    'only the tests need a package that the program could use',
    {},
    { jiti: { devOptional: true } },
    [true, false],
  ],
  ['a version has changed', { vite: { version: '8.0.0' } }, { vite: { version: '8.0.1' } }, [false, false]],
  ['a hash has changed', { vite: { integrity: 'a' } }, { vite: { integrity: 'b' } }, [false, false]],
  ['there is a new build for this platform', {}, { build: { optional: true, ...here } }, [false, false]],
  ['there is a new build for another platform', {}, { build: { optional: true, os: ['aix'] } }, [true, true]],
  ['a package is no longer needed', { old: { version: '1.0.0' } }, {}, [true, true]],
])('whether a checkout is set up again, where %s', (_change, installed, wanted, expected) => {
  expect(isSetUp(installed, wanted)).toEqual(expected);
});

it('a set-up of this folder goes on when the process that began one has ended, also if another process has its id', () => {
  const parent = process.ppid;
  expect(hasEnded(`${parent} ${startOf(parent)}`)).toBe(false);
  expect(hasEnded(`${parent} 7`)).toBe(true);
  // No system gives so great an id.
  expect(hasEnded(`${2 ** 30} ${startOf(parent)}`)).toBe(true);
  for (const torn of ['', 'x', '0 1', '-1']) expect(hasEnded(torn)).toBe(true);
});

it.each([
  ['/home/C# course', false],
  ['/home/what?', false],
  ['/home/*', false],
  ['/home/100%25', true],
  [`/home/it's "quoted"`, true],
])('whether vite can build in the folder %s', (folder, expected) => {
  expect(canViteBuildIn(folder)).toBe(expected);
});
