/**
 * Writes shared/confusables.ts: which characters look alike, by Unicode Technical Standard 39. Run it with a newer Node
 * when that has a newer Unicode: `node scripts/run.mjs scripts/confusables.mjs`. Node itself contains the table, as the
 * file confusables.cfu in the data of its ICU, so the script needs no network.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const target = path.resolve(import.meta.dirname, '../shared/confusables.ts');

/** Returns the bytes of one file of the archive that ICU's data is (ICU: udata.h and toolutil/package.cpp). */
function icuFile(/** @type {Buffer} */ program, /** @type {string} */ name) {
  const header = program.lastIndexOf('CmnD', program.indexOf(name)) - 12;
  if (header < 0) throw new Error('This Node has no ICU data inside. Run the script with an official build.');
  const contents = header + program.readUInt16LE(header);
  const count = program.readUInt32LE(contents);
  for (let index = 0; index < count; index++) {
    const entry = contents + 4 + 8 * index;
    const nameAt = contents + program.readUInt32LE(entry);
    const entryName = program.toString('latin1', nameAt, program.indexOf(0, nameAt));
    if (!entryName.endsWith(name)) continue;
    const fileAt = contents + program.readUInt32LE(entry + 4);
    if (program.toString('latin1', fileAt + 12, fileAt + 16) !== 'Cfu ') throw new Error('not a Cfu file');
    return program.subarray(fileAt + program.readUInt16LE(fileAt));
  }
  throw new Error(`The ICU data has no ${name}.`);
}

/**
 * Returns the prototype of each character (ICU: uspoof_impl.h, SpoofDataHeader). A key is a code point with, in its
 * highest byte, the length of the prototype less one. A prototype of one unit stands in the index itself.
 */
function prototypesOf(/** @type {Buffer} */ file) {
  const field = (/** @type {number} */ index) => file.readUInt32LE(4 * index);
  if (field(0) !== 0x3845fdef || file[4] !== 2) throw new Error('an unknown form of confusables.cfu');
  const [keys, count, values, texts] = [field(3), field(4), field(5), field(7)];
  /** @type {Map<string, string>} */
  const prototypes = new Map();
  for (let index = 0; index < count; index++) {
    const key = file.readUInt32LE(keys + 4 * index);
    const length = (key >>> 24) + 1;
    const valueAt = values + 2 * index;
    const from = length === 1 ? valueAt : texts + 2 * file.readUInt16LE(valueAt);
    const prototype = file.toString('utf16le', from, from + 2 * length);
    prototypes.set(String.fromCodePoint(key & 0xff_ffff), prototype);
  }
  return prototypes;
}

/** A prepared nickname is in NFKC. After NFD it has no other characters than those that NFKD leaves as they are. */
function canBeInNickname(/** @type {string} */ character) {
  if (character.normalize('NFKD') !== character) return false;
  return (
    /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character) && !/\p{Default_Ignorable_Code_Point}/u.test(character)
  );
}

/** Groups the characters by prototype: `prototype=character character`, as hexadecimal code points. */
function encoded(/** @type {Map<string, string>} */ prototypes) {
  const hex = (/** @type {string} */ text) =>
    Array.from(text, (character) => character.codePointAt(0)?.toString(16)).join('+');
  const groups = Map.groupBy(
    [...prototypes].filter(([character]) => canBeInNickname(character)),
    ([, to]) => to,
  );
  return Array.from(
    groups,
    ([to, rows]) => `${hex(to)}=${rows.map(([character]) => hex(character)).join(' ')}`,
  );
}

function inLines(/** @type {readonly string[]} */ groups) {
  /** @type {string[]} */
  const lines = [];
  for (const group of groups) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + group.length < 110) lines[lines.length - 1] = `${last},${group}`;
    else lines.push(group);
  }
  return lines;
}

const groups = encoded(prototypesOf(icuFile(readFileSync(process.execPath), 'confusables.cfu')));
writeFileSync(
  target,
  `// Written by scripts/confusables.mjs, not by hand. From the Unicode Character Database, which is
// Copyright (c) Unicode, Inc. and may be used under the Unicode License v3 (https://www.unicode.org/license.txt).

/** The version of Unicode that the table is of. */
export const confusablesUnicodeVersion = '${process.versions.unicode}';

/** The characters that look like each prototype: \`prototype=character character\`, as hexadecimal code points. */
export const confusables = [
${inLines(groups)
  .map((line) => `  '${line}',`)
  .join('\n')}
].join(',');
`,
);
console.log(`${groups.length} prototypes of Unicode ${process.versions.unicode}`);
