import {
  createUser,
  mutate,
  mutatedRequest,
  photo,
  seededRandom,
  specimens,
  tryPictures,
  tryRequests,
} from '@tintype/testkit'
import t from 'tap'
import { sharedStack } from './stack.ts'

/** The long run, with another seed each time, is `npm run fuzz`. */
const SEED = 0x7117

const stack = await sharedStack()
const admin = await stack.signInAsAdmin()
const random = seededRandom(SEED)
const files = await specimens()
const good = await photo({ width: 64, height: 48 })

t.test('pictures with something wrong in them', async (t) => {
  const { client } = await createUser(admin, { tier: 'Basic' })
  // With a good one each, as many as go into a request.
  const mutants = files.slice(0, 25).map((file) => mutate(file, random))
  const { ends, goodMs, findings } = await tryPictures(client, mutants, good)
  t.strictSame(findings, [])
  t.equal(goodMs.length, mutants.length, 'the good ones beside them are ready')
  for (const end of ['ready', 'failed', '422']) t.ok((ends[end] ?? 0) > 0, `some ended as ${end}`)
})

t.test('uploads with something wrong in them', async (t) => {
  const { client } = await createUser(admin, { tier: 'Basic' })
  const requests = Array.from({ length: 60 }, () => mutatedRequest(good, random))
  const { answers, findings } = await tryRequests(client, requests)
  t.strictSame(findings, [])
  for (const answer of ['202', '400']) t.ok((answers[answer] ?? 0) > 0, `some were answered with ${answer}`)
})

t.test('the services went on', async (t) => {
  for (const service of [stack.gateway, ...stack.workers]) t.ok(service.running(), service.name)
})
