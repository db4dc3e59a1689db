/** The forms in which a conversation is saved. */
export const exportForms = {
  markdown: { extensions: ['md', 'markdown'], mediaType: 'text/markdown; charset=utf-8' },
  json: { extensions: ['json'], mediaType: 'application/json; charset=utf-8' },
  /** A page for a browser, which prints well. */
  page: { extensions: ['html', 'htm'], mediaType: 'text/html; charset=utf-8' },
} as const satisfies Record<string, { extensions: readonly string[]; mediaType: string }>;

export type ExportForm = keyof typeof exportForms;

/** Returns the form that the name of a file asks for. */
export function exportFormOf(fileName: string): ExportForm | undefined {
  const extension = /\.([a-z]+)$/iu.exec(fileName)?.[1]?.toLowerCase() ?? '';
  const forms = Object.keys(exportForms) as ExportForm[];
  return forms.find((form) => exportForms[form].extensions.some((each) => each === extension));
}
