// ESLint's max-lines-per-function, except for lists: the callbacks of `describe` are lists of tests, and a constructor that only
// assigns is a list of fields.
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
          if (!('node' in problem) || !isList(problem.node)) context.report(problem);
        },
      },
    });
    return create(withoutDescribe);
  },
};

/** @param {object} problemNode of the syntax tree */
function isList(problemNode) {
  const node = /** @type {import('eslint').Rule.Node} */ (problemNode);
  return isCallbackOfDescribe(node) || isConstructorOfAssignments(node);
}

/** @param {import('eslint').Rule.Node} node */
function isConstructorOfAssignments(node) {
  return (
    node.type === 'MethodDefinition' &&
    node.kind === 'constructor' &&
    node.value.body.body.every(
      (statement) =>
        statement.type === 'VariableDeclaration' ||
        (statement.type === 'ExpressionStatement' && statement.expression.type === 'AssignmentExpression'),
    )
  );
}

/** @param {import('eslint').Rule.Node} node */
function isCallbackOfDescribe({ parent }) {
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
