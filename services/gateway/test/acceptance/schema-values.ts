import fc from 'fast-check'

/** What is read of a JSON Schema (2020-12): as much as the API's document uses. */
export interface JsonSchema {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  format?: string
  description?: string
}

/** What people and scanners put where a number, an id or a word is expected. */
export const ODD_TEXTS = [
  ...['', ' ', 'abc', '²', '-1', '0', '1e9', '99999999999999999999', 'null', 'true', '[]', '{"$gt":""}'],
  ...[
    '00000000-0000-0000-0000-00000000000g',
    '../../etc/passwd',
    "' OR 1=1 --",
    '%',
    '%00',
    '\0',
    '\r\nx: y',
  ],
  ...['\u202egpj.exe', '🐈', '\ud83d', 'ﬀ', '__proto__', 'constructor', 'a'.repeat(300), 'a'.repeat(10_000)],
]
/** What is no text, where one is expected, and the other way round. */
const ODD_VALUES = [
  ...[null, true, false, 0, -0, -1, 0.5, 1e308, 2 ** 53, -(2 ** 63), [], [[]], [null], {}, { $gt: '' }],
  ...[{ toString: 1 }, { constructor: { prototype: {} } }, JSON.parse('{"__proto__":{"role":"admin"}}')],
  ...ODD_TEXTS,
]
/** Enough of a list or a text whose schema allows a great many. */
const SOME = 12

/** Values that a schema allows, those that it just allows or just does not, and those of another kind altogether. */
export interface Values {
  /** @param ids of what is there, for what is described as an id. */
  valid(schema: JsonSchema): fc.Arbitrary<unknown>
  any(schema: JsonSchema): fc.Arbitrary<unknown>
}

export function createValues(ids: readonly string[]): Values {
  const id = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ids) }, { arbitrary: fc.uuid(), weight: 1 })
  const odd = fc.constantFrom<unknown>(...ODD_VALUES)
  const word = fc.uuid()
  const hash = fc.tuple(word, word).map((words) => words.join('').replaceAll('-', ''))
  const moment = fc.nat({ max: 2 ** 31 }).map((seconds) => new Date(seconds * 1000).toISOString())

  function valid(schema: JsonSchema): fc.Arbitrary<unknown> {
    if (schema.const !== undefined) return fc.constant(schema.const)
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
    if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valid))
    if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => valid({ ...schema, type })))
    switch (schema.type) {
      case 'string':
        return text(schema)
      case 'integer':
        return fc.integer({ min: schema.minimum ?? -100, max: schema.maximum ?? 2 ** 31 })
      case 'number':
        return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true })
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      case 'array':
        return list(schema)
      case 'object':
        return record(schema)
      default:
        return fc.jsonValue()
    }
  }

  function text({ format, description = '', pattern, minLength = 0, maxLength = Infinity }: JsonSchema) {
    const examples = [...description.matchAll(/`(\w[\w.]*)`/g)].map(([, example]) => example)
    if (format === 'uuid' || description.includes('UUID')) return id
    if (format === 'email') return word.map((name) => `${name}@example.com`)
    if (format === 'uri') return word.map((name) => `https://${name}.example/`)
    if (format === 'date-time') return moment
    if (examples.length > 0) return fc.constantFrom(...examples)
    const length = { minLength, maxLength: Math.min(maxLength, minLength + SOME) }
    const allowed = new RegExp(pattern ?? '', 'u')
    return fc
      .oneof(fc.string({ ...length, unit: 'grapheme' }), word, hash)
      .filter((value) => value.length <= maxLength && allowed.test(value))
  }

  function list({ items = {}, minItems = 0, maxItems = SOME, uniqueItems }: JsonSchema) {
    const length = { minLength: minItems, maxLength: Math.min(maxItems, minItems + 3) }
    return uniqueItems === true
      ? fc.uniqueArray(valid(items), { ...length, selector: (value) => JSON.stringify(value) })
      : fc.array(valid(items), length)
  }

  function record({ properties = {}, required = [] }: JsonSchema) {
    const parts = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, valid(part)]))
    return fc.record(parts, { requiredKeys: required })
  }

  /** At the ends of what is allowed, on both sides of them. */
  function edges(schema: JsonSchema): unknown[] {
    const { minimum, maximum, minLength, maxLength, minItems, maxItems, items } = schema
    const around = (...ends: (number | undefined)[]) =>
      ends.filter((end) => end !== undefined).flatMap((end) => [end - 1, end, end + 1])
    const counts = (...ends: (number | undefined)[]) =>
      around(...ends).filter((count) => count >= 0 && count < 5000)
    return [
      ...around(minimum, maximum),
      ...counts(minLength, maxLength).flatMap((count) => ['a'.repeat(count), '😀'.repeat(count)]),
      // Several times the same, and as many as are too many.
      ...counts(minItems, maxItems).map((count) =>
        Array(count).fill(items?.enum?.[0] ?? items?.minimum ?? ids[0]),
      ),
    ]
  }

  function any(schema: JsonSchema): fc.Arbitrary<unknown> {
    const atEdges = edges(schema)
    const { properties = {} } = schema
    const whole = record(schema)
    const changed = Object.entries(properties).map(([name, part]) =>
      fc.tuple(whole, any(part)).map(([body, value]) => ({ ...body, [name]: value })),
    )
    const lacking = Object.keys(properties).map((name) =>
      whole.map((body) => ({ ...body, [name]: undefined })),
    )
    return fc.oneof(
      { weight: 9, arbitrary: valid(schema) },
      { weight: 1, arbitrary: odd },
      ...(atEdges.length > 0 ? [{ weight: 3, arbitrary: fc.constantFrom(...atEdges) }] : []),
      ...(changed.length > 0 ? [{ weight: 4, arbitrary: fc.oneof(...changed) }] : []),
      ...(lacking.length > 0
        ? [
            { weight: 1, arbitrary: fc.oneof(...lacking) },
            {
              weight: 1,
              arbitrary: whole.map((body) => ({ ...body, role: 'admin', isDefault: 1 })),
            },
          ]
        : []),
    )
  }

  return { valid, any }
}
