import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BlobFolder } from '../gateway/files/blob-folder.ts';
import { OfferedPaths } from '../gateway/files/offered-paths.ts';
import { unpack } from '../gateway/files/packing/unpack.ts';
import { zipOf } from '../gateway/files/packing/zip.ts';
import { PieceLayers } from '../gateway/files/piece-layers.ts';
import { Uploads } from '../gateway/files/uploads.ts';

/**
 * Prints what the disk work for files costs: the rate, and how long the event loop waits at most. `--mib 1024` is the size of the large
 * file, `--files 10000` the number of small ones.
 */
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-file-disk-'));
const mib = numberAfter('--mib', 1_024);
const count = numberAfter('--files', 10_000);

function numberAfter(name: string, otherwise: number): number {
  const place = process.argv.indexOf(name);
  return place === -1 ? otherwise : Number(process.argv[place + 1]);
}

/** The longest time between two turns of the event loop. */
class TurnWatch {
  #isOver = false;
  longestMs = 0;

  constructor() {
    let before = performance.now();
    const turn = () => {
      const now = performance.now();
      this.longestMs = Math.max(this.longestMs, now - before);
      before = now;
      if (!this.#isOver) setImmediate(turn);
    };
    setImmediate(turn);
  }

  end(): number {
    this.#isOver = true;
    return this.longestMs;
  }
}

async function measured<Result>(name: string, bytes: number, run: () => Promise<Result>): Promise<Result> {
  const watch = new TurnWatch();
  const before = performance.now();
  const processorBefore = process.cpuUsage();
  const result = await run();
  const seconds = (performance.now() - before) / 1_000;
  const { user, system } = process.cpuUsage(processorBefore);
  const rate = bytes / 2 ** 20 / seconds;
  const memory = process.memoryUsage().rss / 2 ** 20;
  console.log(
    `${name}: ${seconds.toFixed(2)} s, ${rate.toFixed(0)} MiB/s, processor ${((user + system) / 1e6).toFixed(2)} s, ` +
      `longest block ${watch.end().toFixed(1)} ms, ${memory.toFixed(0)} MiB resident`,
  );
  return result;
}

function timed(name: string, command: string, words: readonly string[]): void {
  const before = performance.now();
  execFileSync(command, words, { cwd: folder });
  console.log(`${name}: ${((performance.now() - before) / 1_000).toFixed(2)} s`);
}

function done<Answer extends { readonly type: string }>(answer: Answer, type: string): Answer {
  if (answer.type !== type) throw new Error(JSON.stringify(answer));
  return answer;
}

function makeFiles(): { readonly large: string; readonly small: string } {
  const large = path.join(folder, 'large');
  const handle = fs.openSync(large, 'w');
  const bytes = Buffer.alloc(2 ** 20);
  for (let part = 0; part < mib; part++) fs.writeSync(handle, randomFillSync(bytes));
  fs.closeSync(handle);
  const small = path.join(folder, 'small');
  fs.mkdirSync(small);
  for (let number = 0; number < count; number++)
    fs.writeFileSync(path.join(small, String(number)), randomFillSync(Buffer.alloc(1_024)));
  return { large, small };
}

async function run(): Promise<void> {
  const { large, small } = makeFiles();
  const blobs = await BlobFolder.open({ folder: path.join(folder, 'blobs'), quotaBytes: () => 2 ** 50 });
  const paths = new OfferedPaths(blobs, new PieceLayers(blobs));
  const uploads = new Uploads(blobs);
  const largeBytes = mib * 2 ** 20;
  await measured(`hash a file of ${mib} MiB`, largeBytes, async () => done(await paths.offer(large), 'done'));
  await measured(`take an upload of ${mib} MiB`, largeBytes, async () => {
    const bytes = fs.createReadStream(large, { highWaterMark: 65_536 });
    return done(await uploads.take({ size: largeBytes, bytes }), 'done');
  });
  const offer = await measured(`pack and hash ${count} files of 1 KiB`, count * 1_024, async () =>
    paths.offer(small),
  );
  if (offer.type === 'failed') throw new Error(offer.code);
  const stream = await paths.open(offer.source);
  const read = async function* () {
    for (let place = 0; place < stream.size; place += 262_144)
      yield await stream.read(place, Math.min(262_144, stream.size - place));
  };
  const { blob } = offer.source;
  await measured('take them over into blobs', blob.size, async () =>
    done(await uploads.take({ size: blob.size, bytes: read() }), 'done'),
  );
  await measured('unpack them', blob.size, async () =>
    done(await unpack(blobs, blob, path.join(folder, 'unpacked')), 'done'),
  );
  await measured('make a .zip of them', blob.size, async () => {
    const zip = await zipOf(blobs, blob, new Date());
    if (zip.type === 'zip')
      for await (const part of zip.parts) if (part.length === 0) throw new Error('nothing');
  });
  timed('tar packs them', 'tar', ['-cf', 'small.tar', 'small']);
  fs.mkdirSync(path.join(folder, 'by-tar'));
  timed('tar unpacks them', 'tar', ['-xf', 'small.tar', '-C', 'by-tar']);
  await blobs.close();
}

try {
  await run();
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
