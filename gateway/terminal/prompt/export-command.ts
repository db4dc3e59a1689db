import { open, rm } from 'node:fs/promises';
import { exportFormOf } from '../../../shared/export-forms.ts';
import type { ConversationExport } from '../../export/conversation-export.ts';
import { safeLine } from '../text/safe-text.ts';
import type { CommandArguments, Lines, PromptContext } from './prompt-command.ts';

/** Saves a conversation in a file that is not there yet. The end of its name says in which form. */
export async function exportTo(
  context: PromptContext,
  { nickname, text: file }: CommandArguments,
): Promise<Lines> {
  const form = exportFormOf(file);
  if (form === undefined) return ['The name of the file ends in .md, .json or .html.'];
  const found = await context.find(nickname);
  if ('refusal' in found) return [found.refusal];
  const made = context.export(found.conversation, form);
  if ('status' in made) return [made.sentence];
  return [await saved(made, file, context.model.nameOf(found.conversation))];
}

async function saved(made: ConversationExport, file: string, name: string): Promise<string> {
  let handle;
  try {
    // For its owner only. It fails if there is anything at this path, and so never writes through a link.
    handle = await open(file, 'wx', 0o600);
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (isThere) return `${safeLine(file)} is there already. Choose another name.`;
    return `${safeLine(file)} cannot be written. Choose another folder.`;
  }
  try {
    for await (const part of made.parts()) await handle.writeFile(part);
    await handle.close();
  } catch {
    await handle.close().catch(() => undefined);
    await rm(file, { force: true });
    return `The conversation was not saved: the disk or the chat ended the export. Try again.`;
  }
  return `The conversation with ${name} is saved in ${safeLine(file)}. Anyone who can open this file can read it.`;
}
