import { exportForms, type ExportForm } from '../../shared/export-forms.ts';
import { isTime } from './exported-message.ts';

const nameLettersMax = 40;

/**
 * Returns the name of the file: `chatagram-bob-2026-11-30.md`. Each system takes its characters, and none has a meaning in a
 * path, a shell or a header.
 */
export function exportFileName(place: string, form: ExportForm, exportedAtMs: number): string {
  const safe = place
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9]+/gu, '-')
    .slice(0, nameLettersMax)
    .replaceAll(/^-+|-+$/gu, '');
  const date = isTime(exportedAtMs) ? new Date(exportedAtMs).toISOString().slice(0, 10) : '';
  const parts = ['chatagram', safe === '' ? 'conversation' : safe, date].filter((part) => part !== '');
  return `${parts.join('-')}.${exportForms[form].extensions[0]}`;
}
