import { writeFile } from 'node:fs/promises'
import { API_TYPES, documentOfNewStack, typesOf } from './api-types.ts'

/** Writes `src/api.ts` anew: `node packages/sdk/scripts/generate.ts`, with the stores of TEST_DATABASE_URL. */
const ends: (() => unknown)[] = []
try {
  const document = await documentOfNewStack({ teardown: (end) => void ends.unshift(end) })
  await writeFile(API_TYPES, await typesOf(document))
} finally {
  for (const end of ends) await end()
}
