import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Schemas that have a name, collected while the document is written. */
export type Components = Map<string, JsonSchema>;

export interface SchemaOptions {
  /** `input`: what a caller sends; `output`: what they get. */
  readonly io: 'input' | 'output';
  readonly components: Components;
}

/** The JSON Schema of a zod schema; those with an id become components, and references to them. */
export function jsonSchemaOf(schema: z.ZodType, { io, components }: SchemaOptions): JsonSchema {
  const {
    $schema: _,
    $defs = {},
    ...written
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => simplify(jsonSchema, io),
  });
  for (const [name, definition] of Object.entries($defs)) components.set(name, withoutId(definition));

  const { id } = written;
  if (id === undefined) return withComponentReferences(written);
  components.set(id, withoutId(written));
  return { $ref: `#/components/schemas/${id}` };
}

function withoutId({ id: _, ...schema }: JsonSchema): JsonSchema {
  return withComponentReferences(schema);
}

/** What a format says needs no pattern of a hundred characters, and an answer may grow members. */
function simplify(schema: JsonSchema, io: SchemaOptions['io']): void {
  if (schema.format === 'date-time' || schema.format === 'uuid' || schema.format === 'email') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (io === 'output') delete schema.additionalProperties;
}

function withComponentReferences(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
  const rewritten: JsonSchema = JSON.parse(text);
  return rewritten;
}
