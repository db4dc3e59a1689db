import { isBuiltin } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { importRules, impureGlobals, isTest, pureFolders, type ImportRule } from './rules.ts';

/**
 * Returns a sentence for each place where a file breaks the structure.
 * @param file its path from the root of the repository, with `/`
 */
export function inspectFile(file: string, text: string): string[] {
  if (isTest(file)) return [];
  const violations: string[] = [];
  const source = parse(file, text);
  for (const { module, line } of importsOf(source, file)) {
    for (const rule of importRules) {
      if (holdsFor(rule, file) && rule.never.some((forbidden) => matches(forbidden, module))) {
        violations.push(`${file}:${line} imports ${module}, and ${rule.folder} never does`);
      }
    }
  }
  if (pureFolders.some((folder) => file.startsWith(folder))) {
    for (const { name, line } of impureUsesOf(source)) {
      violations.push(`${file}:${line} uses the global ${name}: in a pure folder it comes as an argument`);
    }
  }
  return violations;
}

function holdsFor(rule: ImportRule, file: string): boolean {
  return file.startsWith(rule.folder) && rule.except?.some((folder) => file.startsWith(folder)) !== true;
}

function matches(forbidden: string, module: string): boolean {
  if (forbidden.endsWith('*')) return module.startsWith(forbidden.slice(0, -1));
  return forbidden.endsWith('/')
    ? module.startsWith(forbidden)
    : module === forbidden || module.startsWith(`${forbidden}/`);
}

/** The code of a file as a tree. Of a component, the script. */
export function parse(file: string, text: string): ts.SourceFile {
  // Blanks in place of the markup keep the line numbers.
  const code = file.endsWith('.svelte') ? blankOutMarkup(text) : text;
  return ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

function blankOutMarkup(text: string): string {
  const blank = (part: string) => part.replaceAll(/[^\n]/g, ' ');
  let code = '';
  let end = 0;
  for (const script of text.matchAll(/(<script\b[^>]*>)([\s\S]*?)<\/script>/g)) {
    const [, opening = '', body = ''] = script;
    const start = script.index + opening.length;
    code += blank(text.slice(end, start)) + body;
    end = start + body.length;
  }
  return code + blank(text.slice(end));
}

interface Import {
  /** A path from the root of the repository, or the name of a module. Modules of Node begin with `node:`. */
  readonly module: string;
  readonly line: number;
  /** Gone at run time. */
  readonly isType: boolean;
}

/** Returns what a file imports, in the order of the text. */
export function importsOf(source: ts.SourceFile, file: string): Import[] {
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, isType = false) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    imports.push({ module: resolve(file, specifier.text), line: lineOf(source, specifier), isType });
  };
  visit(source, (node) => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && isImporter(node.expression)) add(node.arguments[0]);
    return true;
  });
  return imports;
}

function isImporter(callee: ts.Expression): boolean {
  return (
    callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
  );
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(file), specifier);
  return isBuiltin(specifier) && !specifier.startsWith('node:') ? `node:${specifier}` : specifier;
}

function impureUsesOf(source: ts.SourceFile): { name: string; line: number }[] {
  const own = namesDeclaredIn(source);
  const uses: { name: string; line: number }[] = [];
  visit(source, (node) => {
    // Types are gone at run time. The base of a class is not.
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return false;
    if (!ts.isIdentifier(node) || isOnlyAName(node)) return true;
    const isImpure = impureGlobals.has(node.text) && !own.has(node.text);
    if (isImpure || isRandom(node)) {
      uses.push({ name: isImpure ? node.text : 'Math.random', line: lineOf(source, node) });
    }
    return true;
  });
  return uses;
}

/** Whether this is `Math.random`, `Math['random']`, or `Math` as a value. */
function isRandom(node: ts.Identifier): boolean {
  if (node.text !== 'Math') return false;
  const parent = node.parent;
  return (
    !ts.isPropertyAccessExpression(parent) || parent.expression !== node || parent.name.text === 'random'
  );
}

/** Whether an identifier names a member or a declaration and does not use a variable. */
function isOnlyAName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isBindingElement(parent)) return parent.initializer !== node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return true;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  return 'name' in parent && parent.name === node;
}

/** Names that the file itself declares anywhere. A parameter `crypto` is not the global. */
function namesDeclaredIn(source: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  visit(source, (node) => {
    const declares =
      ts.isParameter(node) ||
      ts.isVariableDeclaration(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isImportClause(node) ||
      ts.isNamespaceImport(node);
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    return !ts.isTypeNode(node);
  });
  return names;
}

/** Calls `look` for every node. Where `look` returns false, the nodes below are left out. */
function visit(node: ts.Node, look: (node: ts.Node) => boolean): void {
  if (!look(node)) return;
  ts.forEachChild(node, (child) => {
    visit(child, look);
  });
}

function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}
