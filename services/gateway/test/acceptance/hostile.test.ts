import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Client,
  createUser,
  HOSTILE_MAX_PIXELS,
  type HostileEnd,
  type HostilePicture,
  hostilePictures,
  type ImageBody,
  notPictures,
  photo,
  poll,
  SCRIPT_MARK,
  sharedPictures,
} from '@tintype/testkit'
import t, { type Test } from 'tap'
import { recordAnswers } from '../answer-record.ts'
import { checkConduct } from '../conduct.ts'
import { imagesOf } from './objects.ts'
import { sharedStack } from './stack.ts'

const stack = await sharedStack()
const answers = recordAnswers(t, stack.url)
const admin = await stack.signInAsAdmin()
const { body: tier } = await admin.post<{ id: string }>('/v1/admin/tiers', {
  name: 'hostile',
  thumbnailHeights: [200],
  originalAccess: true,
  maxPixels: HOSTILE_MAX_PIXELS,
})
const good = await photo({ width: 64, height: 48 })
const shared = sharedPictures()
const worker = stack.workers[0]
/** Behind how many of the others there is a good one. */
const GOOD_EVERY = 5
/** What others of this process had it log. */
const before = worker?.logs.length ?? 0

const user = async () => (await createUser(admin, { tier: tier.id })).client

/**
 * Uploads pictures, good ones among them, and waits until none is pending.
 * @returns how each ended, and its image where it became one.
 */
async function sendAll(
  t: Test,
  client: Client,
  pictures: HostilePicture[],
): Promise<{ picture: HostilePicture; end: HostileEnd; image?: ImageBody }[]> {
  const accepted: string[] = []
  let goods = 0
  for (let at = 0; at < pictures.length; at += 40) {
    const batch = pictures.slice(at, at + 40)
    const files = batch.flatMap(({ name, bytes }, index) => [
      { filename: name, bytes },
      ...(index % GOOD_EVERY === 0 ? [{ filename: 'good.jpg', bytes: good }] : []),
    ])
    goods += files.length - batch.length
    const answer = await client.upload(files)
    t.ok([202, 207].includes(answer.status), `answered with ${answer.status}`)
    for (const { filename, error, image } of answer.body.items) {
      if (image !== undefined) accepted.push(image.id)
      else t.match(error, { statusCode: /^4/, code: /^TT_/ }, filename)
    }
    t.equal(answer.body.items.length, files.length)
  }
  const images = await poll(
    async () => {
      const all = await imagesOf(client)
      return all.every(({ state }) => state !== 'pending') && all
    },
    { timeoutMs: 120_000, waitingFor: 'every picture to be ready or failed' },
  )
  t.equal(images.length, accepted.length, 'whatever was accepted is there')
  const ready = images.filter(({ filename, state }) => filename === 'good.jpg' && state === 'ready')
  t.equal(ready.length, goods, 'the good ones are ready')
  const byName = new Map(images.map((image) => [image.filename, image]))
  const results = pictures.map((picture) => {
    const image = byName.get(picture.name)
    return { picture, end: (image?.state ?? 'refused') as HostileEnd, ...(image && { image }) }
  })
  const count = (end: HostileEnd) => results.filter((one) => one.end === end).length
  t.comment(`${count('ready')} ready, ${count('failed')} failed, ${count('refused')} refused`)
  return results
}

t.test('every kind of hostile picture ends as it should', async (t) => {
  const client = await user()
  for (const { picture, end, image } of await sendAll(t, client, await hostilePictures())) {
    t.ok(picture.ends.includes(end), `${picture.name}: ${end} ${image?.error?.code ?? ''}`)
    if (end === 'failed') t.match(image?.error, { code: /^TT_IMAGE_/, message: /./ }, picture.name)
    if (image === undefined || end !== 'ready' || !picture.bytes.includes(SCRIPT_MARK)) continue
    const original = await client.get(image.original?.url ?? '')
    t.ok(original.bytes.equals(picture.bytes), `${picture.name} is kept as it is`)
    t.match(original.headers.get('content-type'), /^image\/(jpeg|png|gif)$/, picture.name)
    t.equal(original.headers.get('x-content-type-options'), 'nosniff', picture.name)
    const thumbnail = await client.get(image.thumbnails[200]?.url ?? '')
    t.notOk(thumbnail.bytes.includes('tintype-script-mark'), `${picture.name}: its thumbnail is clean`)
  }
})

t.test('what is no picture is none under any name and type', async (t) => {
  const client = await user()
  const NAMES = ['a.svg', 'a.jpg', 'a.png', 'a.svg.jpg', 'a.jpg\0.svg', '.htaccess', 'a.html', 'a']
  const TYPES = ['image/svg+xml', 'image/jpeg', 'text/html', 'application/xml', 'multipart/mixed']
  const { SVG, XML } = notPictures()
  for (const bytes of [SVG, XML]) {
    const files = NAMES.flatMap((filename) =>
      TYPES.map((contentType) => ({ filename, contentType, bytes: bytes ?? Buffer.alloc(0) })),
    )
    const answer = await client.upload(files)
    t.equal(answer.status, 415)
    t.strictSame(
      answer.body.items.map(({ error }) => error?.code),
      files.map(() => 'TT_FORMAT_NOT_ACCEPTED'),
    )
  }
  t.strictSame(await imagesOf(client), [])
})

t.test('files that were made to break decoders, and photographs', async (t) => {
  if (shared === undefined) {
    t.comment('there are none on this machine')
    return
  }
  const pictures: HostilePicture[] = []
  for (const folder of ['pngsuite', 'hostile', 'orientation', 'photos']) {
    for (const name of await readdir(join(shared, folder))) {
      const bytes = await readFile(join(shared, folder, name))
      pictures.push({ name: `${folder} ${name}`, bytes, ends: endsOf(folder, name) })
    }
  }
  for (const { picture, end, image } of await sendAll(t, await user(), pictures)) {
    t.ok(picture.ends.includes(end), `${picture.name}: ${end} ${image?.error?.code ?? ''}`)
  }
})

function endsOf(folder: string, name: string): HostileEnd[] {
  if (folder === 'hostile') return ['ready', 'failed', 'refused']
  // PngSuite's names for corrupt files.
  return folder === 'pngsuite' && name.startsWith('x') ? ['failed', 'refused'] : ['ready']
}

t.test('the worker went on, and no decoder of it died', async (t) => {
  t.ok(worker?.running())
  const died = worker?.logs.slice(before).filter(({ msg }) => /crashed|went wrong/.test(String(msg)))
  t.strictSame(died, [])
})

t.test('conduct', (t) =>
  checkConduct(t, { url: stack.url, answers, services: [stack.gateway, stack.links, ...stack.workers] }),
)
