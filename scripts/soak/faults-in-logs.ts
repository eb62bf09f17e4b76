import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pick, pickText } from '../json-value.ts'

const ERROR_LEVEL = 50

/** What services logged as errors, by what was said: a fault nobody caught is one, and so is every answer of 500. */
export async function errorsInLogs(
  folder: string,
  services: readonly string[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (const name of services) {
    const file = join(folder, `${name}.log`)
    if (!existsSync(file)) continue
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const said = errorOf(line)
      if (said !== undefined) found.set(`${name}: ${said}`, (found.get(`${name}: ${said}`) ?? 0) + 1)
    }
  }
  return found
}

function errorOf(line: string): string | undefined {
  // Most lines are requests: they need no reading.
  if (line.startsWith('{"level":30') || line.trim() === '') return undefined
  try {
    const value: unknown = JSON.parse(line)
    if (Number(pick(value, 'level')) < ERROR_LEVEL) return undefined
    return [pickText(value, 'msg'), pickText(value, 'code'), pickText(value, 'err', 'message')]
      .filter(Boolean)
      .join(', ')
  } catch {
    // What is no line of the log's own is a runtime's last words.
    return line.slice(0, 200)
  }
}
