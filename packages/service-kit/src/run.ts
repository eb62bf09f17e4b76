import { existsSync } from 'node:fs'
import { ConfigError, describeConfig, loadConfig, type Variable } from './config.ts'
import { errorForLog } from './logger.ts'

/**
 * What every `main.ts` does around its own work: `--help`, `.env`, and one
 * message on standard error where the configuration is wrong (exit code 78,
 * EX_CONFIG of sysexits.h, which a supervisor takes as «do not try again»).
 */
export async function runService<const Variables extends Record<string, Variable<unknown>>>(
  service: string,
  variables: Variables,
  main: (config: ReturnType<typeof loadConfig<Variables>>) => Promise<void>,
): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(describeConfig(service, variables))
    return
  }
  try {
    if (existsSync('.env')) process.loadEnvFile('.env')
    await main(loadConfig(variables, process.env))
  } catch (error) {
    const message = error instanceof ConfigError ? error.message : traceOf(error)
    process.stderr.write(`${service} cannot start. ${message}\n`)
    process.exit(error instanceof ConfigError ? 78 : 1)
  }
}

/** Where a fault came from, without what a failed query had for parameters. */
function traceOf(error: unknown): string {
  const logged = errorForLog(error)
  const stack = typeof logged === 'object' && logged !== null && 'stack' in logged ? logged.stack : undefined
  return String(stack ?? error)
}
