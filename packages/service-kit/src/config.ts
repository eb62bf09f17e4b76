import { styleText } from 'node:util'

/** One environment variable: what it is for, how it is read, what holds where it is not set. */
export interface Variable<T> {
  name: string
  description: string
  /** Shown in the table of `--help`; a secret's value never is. */
  fallback?: string
  optional?: boolean
  /** @throws Error whose message completes the sentence «NAME …». */
  parse(text: string): T
}

type Values<Variables> = { [K in keyof Variables]: Variables[K] extends Variable<infer T> ? T : never }
type AnyVariables = Record<string, Variable<unknown>>

/** A start that cannot succeed: the message lists everything that is wrong with the environment. */
export class ConfigError extends Error {}

/**
 * Reads and checks a service's variables, once.
 *
 * @throws ConfigError naming every variable that is missing or wrong.
 */
export function loadConfig<const Variables extends AnyVariables>(
  variables: Variables,
  env: NodeJS.ProcessEnv,
): Values<Variables> {
  const values: Record<string, unknown> = {}
  const complaints: string[] = []
  for (const [key, variable] of Object.entries(variables)) {
    const text = env[variable.name] || variable.fallback
    if (text === undefined || text === '') {
      if (variable.optional !== true) complaints.push(`${variable.name} is not set: ${variable.description}`)
      continue
    }
    try {
      values[key] = variable.parse(text)
    } catch (error) {
      complaints.push(`${variable.name} ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (complaints.length > 0) {
    throw new ConfigError(
      ['The configuration is not complete:', ...complaints.map((line) => `  - ${line}`)].join('\n'),
    )
  }
  return values as Values<Variables>
}

/** The table that `--help` prints. */
export function describeConfig(service: string, variables: AnyVariables): string {
  const rows = Object.values(variables).map((variable) => {
    const fallback = variable.fallback ?? (variable.optional === true ? 'optional' : 'required')
    return `  ${styleText('bold', variable.name.padEnd(24))} ${variable.description} (${fallback})`
  })
  return [
    `tintype ${service} reads these environment variables, and .env where there is one:`,
    '',
    ...rows,
    '',
  ].join('\n')
}

/** A variable that may be absent; its value is then undefined. */
export function optional<T>(variable: Variable<T>): Variable<T | undefined> {
  return { ...variable, optional: true }
}

export function text(name: string, description: string, fallback?: string): Variable<string> {
  return { name, description, parse: (value) => value, ...(fallback === undefined ? {} : { fallback }) }
}

export function integer(
  name: string,
  description: string,
  range: { min: number; max: number; fallback?: number },
): Variable<number> {
  return {
    name,
    description,
    ...(range.fallback === undefined ? {} : { fallback: String(range.fallback) }),
    parse(value) {
      // Digits alone: Number() also reads `0x10`, `1e3` and a blank.
      const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN
      if (!(number >= range.min && number <= range.max)) {
        throw new Error(`must be a whole number from ${range.min} to ${range.max}`)
      }
      return number
    },
  }
}

export function oneOf<const T extends string>(
  name: string,
  description: string,
  choices: readonly T[],
  fallback?: T,
): Variable<T> {
  return {
    name,
    description,
    ...(fallback === undefined ? {} : { fallback }),
    parse(value) {
      const choice = choices.find((one) => one === value)
      if (choice === undefined) throw new Error(`must be one of ${choices.join(', ')}`)
      return choice
    },
  }
}

/** An absolute URL of one of these protocols (`http:` …), without a slash at its end. */
export function url(
  name: string,
  description: string,
  protocols: string[],
  fallback?: string,
): Variable<string> {
  return {
    name,
    description,
    ...(fallback === undefined ? {} : { fallback }),
    parse(value) {
      if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
        throw new Error(
          `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
        )
      }
      return value.replace(/\/+$/, '')
    },
  }
}
