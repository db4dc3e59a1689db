import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { StartError } from '../runtime/start-error.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { joinCodeIn } from './join-code-file.ts';

let file: string;
beforeEach(() => {
  file = path.join(temporaryFolder(), 'code.txt');
});

function write(text: string, mode = 0o600): void {
  fs.writeFileSync(file, text);
  fs.chmodSync(file, mode);
}

function refusal(): string {
  try {
    joinCodeIn(file);
  } catch (error) {
    if (error instanceof StartError) return error.sentence;
    throw error;
  }
  throw new Error('the file was taken');
}

describe('the file with a join code', () => {
  it('has the code, with a line end as editors write it', () => {
    write('9f3a-t6nz-k7q2-m4xd\n');
    expect(joinCodeIn(file)).toBe('9f3at6nzk7q2m4xd');
  });

  it.skipIf(process.platform === 'win32')('is refused while other users can read it', () => {
    for (const mode of [0o640, 0o604, 0o644]) {
      write('9f3a-t6nz-k7q2-m4xd', mode);
      expect(refusal()).toContain('chmod 600');
    }
  });

  it('is refused without a code, with a sentence that does not repeat its content', () => {
    for (const text of ['', 'secret of another kind', '9'.repeat(2_000)]) {
      write(text);
      expect(refusal()).toContain('has no join code');
      expect(refusal()).not.toContain('secret');
    }
    fs.rmSync(file);
    expect(refusal()).toContain('cannot be read');
  });
});
