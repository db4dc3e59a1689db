/**
 * Lets TypeScript read each component as the linter does. Without it, a component is another file for TypeScript as soon as
 * the linter opens it. Each of them then begins a new program, which infers the types of the bridge again: the lint took
 * twice as long. The types of imported components are also the real ones. eslint.config.js imports this file first, because
 * svelte-eslint-parser reads the variable when it is loaded. If a later version does not know it, the lint is only slower.
 */
process.env.SVELTE_ESLINT_PARSER_EXPERIMENTAL_TS_SYS_HOOK ??= '1';
