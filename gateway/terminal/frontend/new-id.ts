import { idSource } from '../../../shared/new-id.ts';

/** Makes the ids of commands and messages. */
export const newId = idSource(() => Date.now());
