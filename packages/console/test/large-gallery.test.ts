import { createUser, photo } from '@tintype/testkit'
import postgres from 'postgres'
import t from 'tap'
import { signInOnPage, visit } from './browser.ts'
import { sharedStack } from './stack.ts'

/** Ten thousand take two minutes: the README has what they gave. */
const PICTURES = Number(process.env.GALLERY_PICTURES ?? 1000)

const stack = await sharedStack()
const admin = await stack.signInAsAdmin()
// It grants nothing that the rows below lack, and that workers would begin to make.
const tier = { name: 'Archive', thumbnailHeights: [200, 400] }
const made = await admin.post('/v1/admin/tiers', tier)
if (made.status !== 201) throw new Error(made.bytes.toString())
const user = await createUser(admin, { tier: tier.name, username: 'archivist' })

/** Rows of so many pictures that all have the bytes of the one that was uploaded: what a page shows is real. */
async function multiplyPicture(ownerId: string, count: number): Promise<void> {
  const sql = postgres(stack.databaseUrl, { max: 1 })
  try {
    await sql.begin(async (tx) => {
      await tx`ALTER TABLE images DISABLE TRIGGER USER`
      await tx`
        INSERT INTO images (id, owner_id, title, filename, sha256, format, width, height, bytes, thumbhash, state)
        SELECT (lpad(to_hex(1600000000000 + n), 12, '0') || '70008' || substr(md5(n::text), 1, 15))::uuid,
          owner_id, 'Photograph ' || n, filename, md5(n::text), format, width, height, bytes, thumbhash, state
        FROM images, generate_series(1, ${count}::integer) AS n WHERE owner_id = ${ownerId}`
      await tx`
        INSERT INTO renditions (image_id, name, object_key, format, width, height, bytes)
        SELECT i.id, r.name, r.object_key, r.format, r.width, r.height, r.bytes
        FROM images i JOIN renditions r ON r.image_id IN (SELECT id FROM images WHERE owner_id = ${ownerId})
        WHERE i.owner_id = ${ownerId} AND i.title <> ''`
      await tx`UPDATE users SET used_images = used_images + ${count} WHERE id = ${ownerId}`
      await tx`ALTER TABLE images ENABLE TRIGGER USER`
    })
  } finally {
    await sql.end()
  }
}

t.test('a large gallery is scrolled through, and the page holds a screenful', async (t) => {
  const { id } = await user.client.uploadOne({
    filename: 'harbour.jpg',
    bytes: await photo({ width: 900, height: 600, seed: 77 }),
  })
  await user.client.waitUntilSettled(id)
  await multiplyPicture(user.id, PICTURES - 1)

  const { page, context, complaints } = await visit(t, stack.url)
  await page.goto('/')
  await signInOnPage(page, user)
  const grid = page.getByRole('grid')
  const drawn = grid.locator('img[data-loaded]')
  await drawn.first().waitFor()

  const devtools = await context.newCDPSession(page)
  await devtools.send('Performance.enable')
  async function measure(): Promise<{ nodes: number; heapMb: number }> {
    await devtools.send('HeapProfiler.collectGarbage')
    const { metrics } = await devtools.send('Performance.getMetrics')
    const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN
    return { nodes: of('Nodes'), heapMb: of('JSHeapUsedSize') / 1e6 }
  }
  const tiles = page.getByRole('gridcell')
  const atFirst = { tiles: await tiles.count(), ...(await measure()) }

  let most = 0
  let stops = 0
  const isAtEnd = async () => (await grid.getAttribute('aria-rowcount')) !== '-1'
  for (; !(await isAtEnd()); stops += 1) {
    await page.evaluate('window.scrollTo(0, document.body.scrollHeight)')
    most = Math.max(most, await tiles.count())
    // Here and there somebody stops to look.
    if (stops % 20 === 0) await drawn.first().waitFor()
  }
  await page.evaluate('window.scrollTo(0, document.body.scrollHeight)')
  await tiles
    .filter({ hasText: /^Photograph 1$/ })
    .locator('img[data-loaded]')
    .waitFor()

  const atLast = { tiles: await tiles.count(), ...(await measure()) }
  const told = ({ tiles, nodes, heapMb }: typeof atFirst) =>
    `${tiles} tiles, ${nodes} nodes, ${heapMb.toFixed(1)} MB of heap`
  t.comment(`at first ${told(atFirst)}; after ${PICTURES} pictures ${told(atLast)}; at most ${most} tiles`)
  const columns = Number(await grid.getAttribute('aria-colcount'))
  t.equal(Number(await grid.getAttribute('aria-rowcount')), Math.ceil(PICTURES / columns))
  t.ok(most <= atFirst.tiles * 2, `${most} tiles at most`)
  t.ok(atLast.nodes < atFirst.nodes * 2, `${atLast.nodes} nodes at last`)
  t.strictSame(complaints, [])
})
