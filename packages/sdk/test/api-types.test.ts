import { readFile, writeFile } from 'node:fs/promises'
import t from 'tap'
import { API_TYPES, readDocument, typesOf } from './api-types.ts'
import { sharedStack } from './stack.ts'

const stack = await sharedStack()

t.test('the types are those of the API’s document', async (t) => {
  const types = await typesOf(await readDocument(stack.url))
  if (process.env.UPDATE_API_TYPES) await writeFile(API_TYPES, types)
  // Compared as a whole: what differs is too much to read here.
  const isFresh = types === (await readFile(API_TYPES, 'utf8'))
  t.ok(isFresh, 'src/api.ts is stale: UPDATE_API_TYPES=1 writes it anew')
})
