// ESLint's max-lines-per-function, except for the callbacks of `describe`, which are lists of tests.
import { builtinRules } from 'eslint/use-at-your-own-risk';

const builtin = builtinRules.get('max-lines-per-function');
if (builtin === undefined) throw new Error('ESLint has no rule max-lines-per-function');
const { meta, create } = builtin;

export const functionLength = {
  meta,
  /** @param {import('eslint').Rule.RuleContext} context */
  create(context) {
    const withoutDescribe = Object.create(context, {
      report: {
        value: (/** @type {import('eslint').Rule.ReportDescriptor} */ problem) => {
          if (!('node' in problem) || !isCallbackOfDescribe(problem.node)) context.report(problem);
        },
      },
    });
    return create(withoutDescribe);
  },
};

/** @param {object} node of the syntax tree */
function isCallbackOfDescribe(node) {
  const { parent } = /** @type {import('eslint').Rule.Node} */ (node);
  if (parent?.type !== 'CallExpression') return false;
  return /^describe\b/u.test(nameOf(/** @type {import('eslint').Rule.Node} */ (parent.callee)));
}

/**
 * @param {import('eslint').Rule.Node} callee
 * @returns {string} `describe` also for `describe.each(...)` and `describe.skipIf(...)`
 */
function nameOf(callee) {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'MemberExpression')
    return nameOf(/** @type {import('eslint').Rule.Node} */ (callee.object));
  if (callee.type === 'CallExpression')
    return nameOf(/** @type {import('eslint').Rule.Node} */ (callee.callee));
  return '';
}
