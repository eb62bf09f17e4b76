/**
 * The value at the end of a path of property names and indexes, whatever the
 * document looks like. `undefined` where the path leaves it.
 */
export function pick(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined),
    value,
  )
}

/** The same for a text. `undefined` for anything else that stands there. */
export function pickText(value: unknown, ...path: (string | number)[]): string | undefined {
  const found = pick(value, ...path)
  return typeof found === 'string' ? found : undefined
}
