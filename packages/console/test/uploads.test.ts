import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestFolder, createUser, photo, poll } from '@tintype/testkit'
import t from 'tap'
import { signInOnPage, visit } from './browser.ts'
import { sharedStack } from './stack.ts'

const stack = await sharedStack()
const admin = await stack.signInAsAdmin()
const user = await createUser(admin, { tier: 'Premium', username: 'grace' })
const { page, context } = await visit(t, stack.url)
const devtools = await context.newCDPSession(page)

const uploads = page.getByRole('region', { name: 'Uploads' })
const rowOf = (name: string) => uploads.getByRole('listitem').filter({ hasText: name })
const pick = (files: string | { name: string; mimeType: string; buffer: Buffer }[]) =>
  page.locator('header input[type=file]').setInputFiles(files)
const picture = async (name: string, seed: number, ballast = 0) => ({
  name,
  mimeType: 'image/jpeg',
  // What comes after the end of a picture is no part of it.
  buffer: Buffer.concat([await photo({ width: 300, height: 200, seed }), Buffer.alloc(ballast)]),
})
/** So many bytes a second go up; -1: as many as can. */
const throttle = (uploadThroughput: number, of = devtools) =>
  of.send('Network.emulateNetworkConditions', {
    ...{ offline: false, latency: 0, downloadThroughput: -1 },
    uploadThroughput,
  })

t.test('all are paused, those too that wait for their turn, and go on', async (t) => {
  await page.goto('/')
  await signInOnPage(page, user)
  await page.getByRole('heading', { name: 'No pictures yet' }).waitFor()
  const names = Array.from({ length: 6 }, (_, index) => `slow ${index + 1}.jpg`)
  await throttle(100_000)
  await pick(await Promise.all(names.map((name, index) => picture(name, 300 + index, 400_000))))
  await uploads.getByText('Waiting').first().waitFor()
  await page.getByRole('button', { name: 'Pause all' }).click()
  await poll(async () => (await uploads.getByText('Paused', { exact: true }).count()) === names.length, {
    waitingFor: 'all of them to be paused',
  })
  const sent: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().includes('/v1/images')) sent.push(request.url())
  })
  await throttle(-1)
  // One that goes on by itself shows that the way is free: the others stay where they are.
  await page.getByRole('button', { name: 'Go on with slow 6.jpg' }).click()
  await rowOf('slow 6.jpg').getByText('Uploaded').waitFor()
  t.equal(sent.length, 1)
  t.equal(await uploads.getByText('Paused', { exact: true }).count(), names.length - 1)
  await page.getByRole('button', { name: 'Go on', exact: true }).click()
  await page.getByText('6 of 6 done').waitFor()
  const { body } = await user.client.get<{ total: number }>('/v1/images?total=true')
  t.equal(body.total, names.length, 'each once')
})

t.test('a file is not sent twice at once, but again when somebody chooses it again', async (t) => {
  // From the disk: what is made in memory is another file each time.
  const file = join(await createTestFolder(t), 'again.jpg')
  writeFileSync(file, (await picture('again.jpg', 400, 400_000)).buffer)
  await throttle(100_000)
  await pick(file)
  await rowOf('again.jpg').waitFor()
  await pick(file)
  await rowOf('again.jpg').getByText('It is on the list already.').waitFor()
  await throttle(-1)
  await rowOf('again.jpg').getByText('Uploaded').waitFor()
  await pick(file)
  const tiles = page.getByRole('gridcell').filter({ hasText: 'again.jpg' })
  await poll(async () => (await tiles.count()) === 2, { waitingFor: 'it to be there twice' })
  t.pass('it is there twice')
})

t.test('what is chosen first after a reload is sent, whatever list of before is read', async (t) => {
  // Somebody whose list is empty: what others of this file left in theirs is another matter.
  const user = await createUser(admin, { tier: 'Premium' })
  const { page, context } = await visit(t, stack.url)
  const devtools = await context.newCDPSession(page)
  const row = (name: string) =>
    page.getByRole('region', { name: 'Uploads' }).getByRole('listitem').filter({ hasText: name })
  const pick = async (name: string, seed: number, ballast: number) =>
    page.locator('header input[type=file]').setInputFiles([await picture(name, seed, ballast)])
  await page.goto('/')
  await signInOnPage(page, user)
  await page.getByRole('heading', { name: 'No pictures yet' }).waitFor()
  await pick('before.jpg', 500, 0)
  await row('before.jpg').getByText('Uploaded').waitFor()
  await page.getByRole('button', { name: 'Clear what is done' }).click()
  await page.getByRole('region', { name: 'Uploads' }).waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('gridcell').first().waitFor()
  await throttle(200_000, devtools)
  await pick('after.jpg', 501, 300_000)
  await row('after.jpg').waitFor()
  await throttle(-1, devtools)
  await row('after.jpg').getByText('Uploaded').waitFor()
  const { body } = await user.client.get<{ items: unknown[] }>('/v1/images?q=after')
  t.equal(body.items.length, 1)
})

t.test('a page whose script cannot be loaded says so, and is there at the next attempt', async (t) => {
  await page.goto('/')
  await page.getByRole('gridcell').first().waitFor()
  const chunk = /\/account-page-[\w-]+\.js$/
  await page.route(chunk, (route) => route.abort())
  await page.getByRole('navigation', { name: 'Main' }).getByText('Account').click()
  const broken = page.getByRole('alert')
  await broken.waitFor()
  // The rest of the page stays, and leads elsewhere.
  await page.getByRole('navigation', { name: 'Main' }).getByText('Pictures').click()
  await page.getByRole('gridcell').first().waitFor()
  await page.getByRole('navigation', { name: 'Main' }).getByText('Account').click()
  await broken.waitFor()
  await page.unroute(chunk)
  await broken.getByRole('button').click()
  await page.getByRole('heading', { name: 'Account', level: 1 }).waitFor()
  t.pass('it is there')
})
