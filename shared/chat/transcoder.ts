import Type, { type TSchema } from 'typebox';
import Compile, { type Validator } from 'typebox/compile';

/**
 * Converts between the values of CBOR and precise types, by the codecs of a schema's fields. TypeBox's own functions look at the
 * schema again for each value, and copy or check parts several times: a roster of 200 rows took 5 ms each way, and takes 2 here.
 */
export interface Transcoder {
  /** The value must be valid. The result has only the fields that the schema names, so that no answer carries others back. */
  decode(value: unknown): unknown;
  /** The value must have the type of the schema. Fields that the schema does not name are kept. */
  encode(value: unknown): unknown;
}

/** Returns the decoded value; undefined for one that breaks the schema. The conversion takes only valid values. */
export function decodeBySchema(schema: TSchema, value: unknown): unknown {
  return validatorOf(schema).Check(value) ? transcoderOf(schema).decode(value) : undefined;
}

/** Nothing is checked: the program itself made the value. */
export function encodeBySchema(schema: TSchema, value: unknown): unknown {
  return transcoderOf(schema).encode(value);
}

const transcoders = new WeakMap<TSchema, Transcoder>();

/** Returns the transcoder of a schema made of objects, arrays, unions, codecs and plain values. It is made at the first use. */
function transcoderOf(schema: TSchema): Transcoder {
  let transcoder = transcoders.get(schema);
  if (transcoder === undefined) {
    const shape = ofShape(schema);
    transcoder = Type.IsCodec(schema) ? withCodec(schema['~codec'], shape) : shape;
    transcoders.set(schema, transcoder);
  }
  return transcoder;
}

const validators = new WeakMap<TSchema, Validator>();

/** Compiles a schema when it is first used. Where code from text is forbidden, TypeBox interprets the schema instead. */
function validatorOf(schema: TSchema): Validator {
  let validator = validators.get(schema);
  if (validator === undefined) {
    validator = Compile(schema);
    validators.set(schema, validator);
  }
  return validator;
}

const plain: Transcoder = { decode: (value) => value, encode: (value) => value };

interface Codec {
  readonly decode: (value: unknown) => unknown;
  readonly encode: (value: unknown) => unknown;
}

function withCodec(codec: Codec, shape: Transcoder): Transcoder {
  return {
    decode: (value) => codec.decode(shape.decode(value)),
    encode: (value) => shape.encode(codec.encode(value)),
  };
}

/** The shapes that TypeBox makes of objects, arrays and unions, also inside of refinements and codecs. */
interface Shape {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly items?: TSchema;
  readonly anyOf?: readonly TSchema[];
}

function ofShape(schema: TSchema): Transcoder {
  const { properties, items, anyOf }: Shape = schema;
  if (anyOf !== undefined) return ofUnion(anyOf);
  if (items !== undefined) return ofArray(transcoderOf(items));
  return properties === undefined ? plain : ofObject(properties);
}

function ofArray(item: Transcoder): Transcoder {
  if (item === plain) return plain;
  return {
    decode: (value) => (value as unknown[]).map((each) => item.decode(each)),
    encode: (value) => (value as unknown[]).map((each) => item.encode(each)),
  };
}

function ofObject(properties: Readonly<Record<string, TSchema>>): Transcoder {
  const fields = new Map(Object.entries(properties).map(([name, schema]) => [name, transcoderOf(schema)]));
  const entries = [...fields];
  return {
    decode: (value) => {
      const known: Record<string, unknown> = {};
      for (const [name, field] of entries) {
        if (!Object.hasOwn(value as object, name)) continue;
        const part = (value as Record<string, unknown>)[name];
        if (part !== undefined) known[name] = field === plain ? part : field.decode(part);
      }
      return known;
    },
    encode: (value) => {
      const encoded: Record<string, unknown> = {};
      for (const [name, part] of Object.entries(value as object)) {
        if (part !== undefined) encoded[name] = (fields.get(name) ?? plain).encode(part);
      }
      return encoded;
    },
  };
}

function ofUnion(variants: readonly TSchema[]): Transcoder {
  const [first, second] = variants;
  if (variants.length === 2 && first !== undefined && second !== undefined && Type.IsNull(second))
    return ofNullable(transcoderOf(first));
  const checked = variants.map((schema) => ({
    validator: validatorOf(schema),
    transcoder: transcoderOf(schema),
    constants: constantsOf(schema),
  }));
  return {
    decode: (value) => {
      const variant = checked.find(({ validator }) => validator.Check(value));
      return variant === undefined ? value : variant.transcoder.decode(value);
    },
    encode: (value) => {
      for (const { validator, transcoder, constants } of checked) {
        // Another kind may have a field of the same name, which cannot encode this value.
        if (!constants.every(([name, constant]) => [constant, undefined].includes(fieldOf(value, name))))
          continue;
        const encoded = transcoder.encode(value);
        if (validator.Check(encoded)) return encoded;
      }
      return value;
    },
  };
}

/** The fields of an object that have one value only, such as `kind`. */
function constantsOf(schema: TSchema): [name: string, value: unknown][] {
  const { properties = {} }: Shape = schema;
  return Object.entries(properties).flatMap(([name, field]) =>
    'const' in field ? [[name, field.const]] : [],
  );
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function ofNullable(transcoder: Transcoder): Transcoder {
  return {
    decode: (value) => (value === null ? null : transcoder.decode(value)),
    encode: (value) => (value === null ? null : transcoder.encode(value)),
  };
}
