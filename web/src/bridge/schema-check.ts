/** A JSON Schema, as TypeBox makes it, in the keywords that the bridge uses. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
}

/**
 * Whether a value that came from JSON fits a schema. It answers as `Value.Check` of TypeBox, which is 25 kB. A compiled
 * check would need `new Function`, which the Content-Security-Policy forbids.
 */
export function fits(schema: JsonSchema, value: unknown): boolean {
  if (schema.anyOf !== undefined && !schema.anyOf.some((each) => fits(each, value))) return false;
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false;
  if ('const' in schema && schema.const !== value) return false;
  switch (schema.type) {
    case undefined:
      return true;
    case 'object':
      return isRecord(value) && objectFits(schema, value);
    case 'array':
      return Array.isArray(value) && arrayFits(schema, value);
    case 'string':
      return typeof value === 'string' && stringFits(schema, value);
    case 'number':
    case 'integer':
      return typeof value === 'number' && numberFits(schema, value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'null':
      return value === null;
    default:
      return schema.type satisfies never;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectFits(schema: JsonSchema, value: Readonly<Record<string, unknown>>): boolean {
  if (schema.required?.every((key) => Object.hasOwn(value, key)) === false) return false;
  for (const [key, field] of Object.entries(schema.properties ?? {}))
    if (Object.hasOwn(value, key) && !fits(field, value[key])) return false;
  for (const [pattern, field] of Object.entries(schema.patternProperties ?? {})) {
    const matches = patternOf(pattern);
    for (const [key, each] of Object.entries(value))
      if (matches.test(key) && !fits(field, each)) return false;
  }
  return true;
}

function arrayFits({ minItems, maxItems, items }: JsonSchema, value: readonly unknown[]): boolean {
  if (value.length < (minItems ?? 0) || value.length > (maxItems ?? Infinity)) return false;
  return items === undefined || value.every((each) => fits(items, each));
}

function stringFits({ minLength, maxLength, pattern }: JsonSchema, value: string): boolean {
  if (value.length < (minLength ?? 0) || value.length > (maxLength ?? Infinity)) return false;
  return pattern === undefined || patternOf(pattern).test(value);
}

function numberFits(schema: JsonSchema, value: number): boolean {
  if (!Number.isFinite(value) || (schema.type === 'integer' && !Number.isInteger(value))) return false;
  if (value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity)) return false;
  return schema.multipleOf === undefined || value % schema.multipleOf === 0;
}

/** The schemas have about ten patterns. Each is compiled once. */
const patterns = new Map<string, RegExp>();

function patternOf(source: string): RegExp {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const pattern = new RegExp(source, 'u');
  patterns.set(source, pattern);
  return pattern;
}
