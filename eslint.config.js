import './scripts/lint/svelte-types.mjs';
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import { functionLength } from './scripts/lint/function-length.mjs';

const typedFiles = ['**/*.ts', '**/*.svelte'];

export default ts.config(
  {
    ignores: ['node_modules/', 'dist/', '.runtime/', 'coverage/', 'test-results/', 'playwright-report/'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: typedFiles,
    extends: [ts.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, extraFileExtensions: ['.svelte'] } },
    rules: {
      // TypeScript finds these itself.
      'no-undef': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        // `return this.#handle(event);` in a switch of handlers reads better than two statements.
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false, attributes: false } },
      ],
      // erasableSyntaxOnly forbids enums, and the search for them takes a second.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // Nicknames are counted in code points, and a spread string is a list of code points.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // A never check in the default of a switch throws or prints an impossible value.
      '@typescript-eslint/restrict-plus-operands': ['error', { allowNumberAndString: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/only-throw-error': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { parser: ts.parser, projectService: true, extraFileExtensions: ['.svelte'] },
    },
  },
  {
    files: [...typedFiles, '**/*.mjs'],
    plugins: { chatagram: { rules: { 'function-length': functionLength } } },
    rules: {
      'chatagram/function-length': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // A contract suite is one function that holds a list of tests.
    files: ['**/*.contract.ts'],
    rules: { 'chatagram/function-length': 'off' },
  },
  {
    // A test states what it expects, so a non-null assertion in a test is an assertion.
    files: [
      '**/*.{test,contract}.ts',
      'gateway/{simulation,system-tests}/**/*.ts',
      'bench/load/**/*.ts',
      'e2e/**/*.ts',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/unbound-method': 'off' },
  },
  {
    // A browser can forbid both. Only this file knows what to do then.
    files: ['web/src/**/*.ts', 'web/src/**/*.svelte'],
    ignores: ['web/src/browser/storage.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'localStorage', message: 'Use openStorage.' },
        { name: 'sessionStorage', message: 'Use openTabStorage.' },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: { globals: globals.node },
  },
  prettier,
  svelte.configs.prettier,
);
