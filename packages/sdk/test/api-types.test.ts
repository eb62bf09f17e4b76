import { readFile } from 'node:fs/promises'
import t from 'tap'
import { API_TYPES, readDocument, typesOf } from '../scripts/api-types.ts'
import { sharedStack } from './stack.ts'

const stack = await sharedStack(t)

t.test('the types are those of the API’s document', async (t) => {
  const types = await typesOf(await readDocument(stack.url))
  t.ok(
    types === (await readFile(API_TYPES, 'utf8')),
    'src/api.ts is stale: run node packages/sdk/scripts/generate.ts',
  )
})
