import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fromHex, toHex } from '../../shared/ids.ts';

/**
 * The test vectors of the protocol, docs/protocol/vectors/*.json, for implementations in any language. Bytes are lowercase hex. The
 * tests of this folder read every case in both directions.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonFields;

export interface JsonFields {
  readonly [field: string]: Json;
}

/** A packet or a frame with its fields. */
export interface TypedJson extends JsonFields {
  readonly type: string;
}

/** One case. `result` says what a reader does with it, and names the type of the case. */
export interface VectorCase {
  readonly name: string;
  readonly result: string;
}

export interface VectorFile<Case extends VectorCase> {
  readonly about: string;
  /** The rules of transport.md and chat.md that the cases show. */
  readonly rules: readonly string[];
  /** What each result means. */
  readonly results: Readonly<Record<string, string>>;
  /** What each field of a case holds. */
  readonly fields: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
}

const folder = path.resolve(import.meta.dirname, '../../docs/protocol/vectors');

export function vectorPath(name: string): string {
  return path.join(folder, `${name}.json`);
}

/** The names of all files, without `.json`. */
export function vectorNames(): string[] {
  return readdirSync(folder).map((file) => path.basename(file, '.json'));
}

export function readVectorFile<Case extends VectorCase>(name: string): VectorFile<Case> {
  const file: unknown = JSON.parse(readFileSync(vectorPath(name), 'utf8'));
  if (!isVectorFile<Case>(file)) throw new Error(`${vectorPath(name)} is no file of test vectors`);
  return file;
}

/** Checks what all files have. The other fields of the cases are the caller's promise: its tests hold the file against it. */
export function isVectorFile<Case extends VectorCase>(value: unknown): value is VectorFile<Case> {
  if (!isRecord(value) || !Array.isArray(value['cases']) || !Array.isArray(value['rules'])) return false;
  const { about, rules, results, fields, cases } = value;
  return (
    typeof about === 'string' &&
    rules.every((rule) => typeof rule === 'string') &&
    [results, fields].every(
      (words) => isRecord(words) && Object.values(words).every((word) => typeof word === 'string'),
    ) &&
    cases.every(
      (each) => isRecord(each) && typeof each['name'] === 'string' && typeof each['result'] === 'string',
    )
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The bytes of one field of all cases that have it. */
export function vectorBytes(name: string, field: string): Uint8Array[] {
  return readVectorFile<VectorCase & Readonly<Record<string, Json>>>(name).cases.flatMap((vector) => {
    const hex = vector[field];
    return typeof hex === 'string' ? [fromHex(hex)] : [];
  });
}

export function writeVectorFile(name: string, text: string): void {
  if (!existsSync(vectorPath(name))) throw new Error(`there is no ${vectorPath(name)}`);
  writeFileSync(vectorPath(name), text);
}

/** Returns the value with each byte string as hex. */
export function jsonOf(value: unknown): Json {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, jsonOf(field)]));
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw new Error(`a test vector cannot hold a value of the type ${typeof value}`);
}

/** Returns a field that is a number. */
export function numberIn(fields: JsonFields, field: string): number {
  const value = fields[field];
  return typeof value === 'number' ? value : wrongField(field);
}

/** Returns the bytes of a field that is hex. */
export function bytesIn(fields: JsonFields, field: string): Uint8Array {
  const value = fields[field];
  return typeof value === 'string' ? fromHex(value) : wrongField(field);
}

/** Returns a field that is one of these names. */
export function nameIn<Name extends string>(fields: JsonFields, field: string, names: readonly Name[]): Name {
  return names.find((name) => name === fields[field]) ?? wrongField(field);
}

/** Returns a field that is a list of records. */
export function listIn(fields: JsonFields, field: string): readonly JsonFields[] {
  return valuesIn(fields, field).map((value) => (isFields(value) ? value : wrongField(field)));
}

/** Returns a field that is a list of numbers. */
export function numbersIn(fields: JsonFields, field: string): readonly number[] {
  return valuesIn(fields, field).map((value) => (typeof value === 'number' ? value : wrongField(field)));
}

function valuesIn(fields: JsonFields, field: string): readonly Json[] {
  const value = fields[field];
  return isList(value) ? value : wrongField(field);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isFields(value: Json): value is JsonFields {
  return typeof value === 'object' && value !== null && !isList(value);
}

function wrongField(field: string): never {
  throw new Error(`the field ${field} of a test vector has another type`);
}

/** A type as the documents write it: `path-challenge` is PATH_CHALLENGE. */
export function documentName(type: string): string {
  return type.toUpperCase().replaceAll('-', '_');
}

/** The opposite of `documentName`. */
export function programName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
