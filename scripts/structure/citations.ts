/** What a citation can lead to in this repository. */
export interface Citable {
  /** Whether there is such a file or folder, by its path from the root. */
  exists(path: string): boolean;
  /** Numbers of the rules of the protocol's documents, such as `6.20`. */
  readonly protocolRules: ReadonlySet<string>;
  /** Numbers of the files in docs/decisions, such as `0007`. */
  readonly decisions: ReadonlySet<string>;
  /** Numbers of the items in docs/UI.md. */
  readonly uiItems: ReadonlySet<string>;
  /** Numbers of the sections of a document, by its name in capitals. `PROTOCOL` is all documents of the protocol. */
  sections(document: string): ReadonlySet<string>;
}

const documents = 'PROTOCOL|BRIDGE|SECURITY|ARCHITECTURE|GLOSSARY|HOW-TO|DEBUGGING|UI';
const folders = 'shared|gateway|web|scripts|bench|e2e|docs';

/** A path from the root, not a part of a longer path and not a pattern. */
const pathPattern = new RegExp(String.raw`(?<![\w./@*~-])(?:${folders})/[\w./-]*[\w/-](?![\w*{<…$])`, 'gu');
const sectionPattern = new RegExp(
  String.raw`\b(?:docs/)?(${documents})(?:\.md)?,? sections? (\d+(?:\.\d+)*)`,
  'gu',
);

/** Returns the citations in a text that lead nowhere. A citation is a path, a rule, a section, or a decision. */
export function deadCitations(text: string, citable: Citable): string[] {
  const dead: string[] = [];
  const check = (pattern: RegExp, leadsSomewhere: (match: RegExpExecArray) => boolean) => {
    for (const match of text.matchAll(pattern)) if (!leadsSomewhere(match)) dead.push(match[0]);
  };
  check(/\bDESIGN(?: section)? \d+(?:\.\d+)*/gu, () => false);
  check(/\bUI (\d+)\b/gu, ([, item = '']) => citable.uiItems.has(item));
  check(/\bPROTOCOL (\d+\.\d+)\b/gu, ([, rule = '']) => citable.protocolRules.has(rule));
  check(/\bdecisions?[/ ](\d{4})\b/gu, ([, number = '']) => citable.decisions.has(number));
  check(sectionPattern, ([, document = '', section = '']) => citable.sections(document).has(section));
  check(pathPattern, ([path]) => isCited(path, citable));
  return dead;
}

function isCited(path: string, citable: Citable): boolean {
  // `docs/decisions/0007` stands for the file that begins so.
  const [, decision] = /^docs\/decisions\/(\d{4})$/u.exec(path) ?? [];
  return decision === undefined ? citable.exists(path.replace(/\/$/u, '')) : citable.decisions.has(decision);
}

/** Returns the targets of links in a Markdown text that are not there. Paths are relative to the folder of the text. */
export function deadLinks(text: string, exists: (path: string) => boolean): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/gu)]
    .map(([, target = '']) => target)
    .filter((target) => !/^(?:[a-z]+:|#)/u.test(target))
    .filter((target) => !exists(target.replace(/#.*$/u, '')));
}
