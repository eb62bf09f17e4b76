import { updateUser } from '@tintype/database'
import { createUser, photo, poll, type UploadBody } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { checkConduct, heldFiles } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'
import { beginUpload } from './begin-upload.ts'
import { filePart, multipart, openMultipart } from './multipart.ts'
import { tracesOf } from './traces.ts'

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const jpeg = await photo({ width: 64, height: 48 })
const files = [filePart('a.jpg', jpeg), filePart('b.jpg', jpeg)]
const whole = multipart(files)
const half = openMultipart(files.slice(0, 1)).length + Math.floor(jpeg.length / 2)
let made = 0

/** What becomes of a second file when something happens to its owner while it arrives. */
async function secondFile(t: Test, meanwhile: (userId: string, tierId: string) => Promise<unknown>) {
  made += 1
  const tier = await admin.post<{ id: string }>('/v1/admin/tiers', { name: `tier ${made}` })
  const { client } = await createUser(admin, { tier: tier.body.id })
  const { body: me } = await client.get<{ id: string }>('/v1/me')
  const connection = await beginUpload(t, client, `Content-Length: ${whole.length}`)
  await connection.send(whole.subarray(0, half))
  await poll(async () => (await tracesOf(gateway, client)).images.length === 1)
  await poll(async () => (await heldFiles(gateway.service, gateway.spoolDir)).length === 1)
  await meanwhile(me.id, tier.body.id)
  await connection.send(whole.subarray(half))
  const { status, body } = await connection.answered<UploadBody>()
  t.equal(status, body.items[1]?.status === 'accepted' ? 202 : 207)
  t.equal(body.items[0]?.status, 'accepted')
  return body.items[1]
}

for (const [limit, code] of [
  ['maxUploadBytes', 'TT_FILE_TOO_LARGE'],
  ['maxPixels', 'TT_TOO_MANY_PIXELS'],
  ['quotaImages', 'TT_QUOTA_EXCEEDED'],
] as const) {
  t.test(`${limit} lowered while a request arrives`, async (t) => {
    const second = await secondFile(t, (_user, tierId) =>
      admin.patch(`/v1/admin/tiers/${tierId}`, { [limit]: 1 }),
    )
    t.match(second, { status: 'rejected', error: { statusCode: 413, code } })
  })
}

t.test('an owner disabled while a request arrives', async (t) => {
  const second = await secondFile(t, (userId) => updateUser(gateway.database, userId, { disabled: true }))
  t.match(second, { status: 'rejected', error: { statusCode: 401, code: 'TT_UNAUTHORIZED' } })
})

t.test('a tier that grants more while a request arrives', async (t) => {
  const second = await secondFile(t, (_user, tierId) =>
    admin.patch(`/v1/admin/tiers/${tierId}`, { thumbnailHeights: [200, 400] }),
  )
  t.strictSame(Object.keys(second?.image?.thumbnails ?? {}), ['200', '400'])
})

t.test('conduct', (t) => checkConduct(t, gateway))
