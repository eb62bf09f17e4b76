import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createTestFolder,
  createUser,
  photo,
  poll,
  sharedPictures,
  signIn,
  truncated,
} from '@tintype/testkit'
import type { Locator, Page } from 'playwright-core'
import t from 'tap'
import { DESKTOP, look, signInOnPage, visit } from './browser.ts'
import { sharedStack } from './stack.ts'

const stack = await sharedStack()
const admin = await stack.signInAsAdmin()
// A tier of this file's own: others edit those that are there.
const tier = {
  name: 'Darkroom',
  thumbnailHeights: [200, 400],
  originalAccess: true,
  conversionFormats: ['jpeg', 'png'],
  linkAccess: true,
  linkMaxSeconds: 30_000,
  maxUploadBytes: 100_000_000,
  generation: 'eager',
}
const made = await admin.post('/v1/admin/tiers', tier)
if (made.status !== 201) throw new Error(made.bytes.toString())
const user = await createUser(admin, { tier: tier.name, username: 'ada' })
const { page, context, complaints } = await visit(t, stack.url)

interface Picked {
  name: string
  mimeType: string
  buffer: Buffer
}

const jpeg = (name: string, buffer: Buffer): Picked => ({ name, mimeType: 'image/jpeg', buffer })

/** Real photographs where the machine has some, so that the screenshots are worth a look. */
async function photographs(): Promise<Picked[]> {
  const made = await Promise.all(
    Array.from({ length: 9 }, async (_, index) => {
      const [width, height] = index % 3 === 0 ? [600, 900] : [900, 600]
      return jpeg(`harbour ${index + 1}.jpg`, await photo({ width, height, seed: index + 1 }))
    }),
  )
  const folder = sharedPictures()
  if (folder === undefined) return made
  const real = ['2569067123_aca715a2ee_o.jpg', 'gain-map.jpg', 'flowers.jpeg']
  return [...made, ...real.map((name) => jpeg(name, readFileSync(join(folder, 'photos', name))))]
}

/** What the browser keeps of uploads over a reload, as text. */
const UPLOADS_KEPT = `new Promise((resolve) => {
  indexedDB.open('uppy-blobs').onsuccess = ({ target: { result: db } }) => {
    db.transaction('metadata').objectStore('metadata').getAll().onsuccess = ({ target: { result } }) => {
      db.close()
      resolve(result.map(({ metadata }) => metadata).join())
    }
  }
})`

const tiles = (on: Page = page) => on.getByRole('gridcell')
const tileOf = (name: string) => tiles().filter({ hasText: name })
const picked = (files: Picked[]) => page.locator('header input[type=file]').setInputFiles(files)
const uploadRow = (name: string) =>
  page.getByRole('region', { name: 'Uploads' }).getByRole('listitem').filter({ hasText: name })

/** Until all pictures that the page shows are there. */
async function untilDrawn(where: Locator, count: number): Promise<void> {
  await poll(async () => (await where.locator('img[data-loaded]').count()) >= count, {
    waitingFor: `${count} pictures to be drawn`,
    timeoutMs: 60_000,
  })
}

t.test('an empty account says what to do', async (t) => {
  await page.goto('/')
  await signInOnPage(page, user)
  await page.getByRole('heading', { name: 'No pictures yet' }).waitFor()
  t.strictSame(await look(page, 'gallery-empty'), [])
})

t.test('pictures go from the disk to the gallery, without loading it again', async (t) => {
  const files = await photographs()
  await picked([...files, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') }])
  await uploadRow('notes.txt')
    .getByText(/not an? (accepted|picture|image)/i)
    .waitFor()
  await page.getByText(`${files.length} of ${files.length + 1} done, 1 refused`).waitFor()
  await untilDrawn(page.getByRole('grid'), files.length)
  t.equal(await tiles().count(), files.length)
  t.strictSame(await look(page, 'gallery'), [])
  await page.getByRole('button', { name: 'Clear what is done' }).click()
  // With what was refused, which would come again at the next visit.
  await page.getByRole('region', { name: 'Uploads' }).waitFor({ state: 'detached' })
})

t.test('pictures are dropped anywhere, and pasted', async (t) => {
  const bytes = [...(await photo({ width: 300, height: 200, seed: 40 }))]
  for (const [name, kind] of [
    ['dropped.jpg', 'drop'],
    ['pasted.jpg', 'paste'],
  ]) {
    await page.evaluate(`{
      const data = new DataTransfer()
      data.items.add(new File([new Uint8Array(${JSON.stringify(bytes)}), '${name}'], '${name}', { type: 'image/jpeg' }))
      const init = { bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data }
      const event = '${kind}' === 'paste' ? new ClipboardEvent('paste', init) : new DragEvent('drop', init)
      document.querySelector('h1').dispatchEvent(event)
    }`)
    await tileOf(name ?? '')
      .locator('img[data-loaded]')
      .waitFor()
    t.pass(`${name} is there`)
  }
  await page.getByRole('button', { name: 'Clear what is done' }).click()
})

t.test('a large upload is paused, survives a reload, and goes on', async (t) => {
  const devtools = await context.newCDPSession(page)
  const throttle = (uploadThroughput: number) =>
    devtools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    })
  // What comes after the end of a picture is no part of it. From the disk: the browser reads it by itself.
  const large = join(await createTestFolder(t), 'large.jpg')
  writeFileSync(large, Buffer.concat([await photo({ seed: 50 }), Buffer.alloc(20_000_000)]))
  await throttle(2_000_000)
  await page.locator('header input[type=file]').setInputFiles(large)
  await poll(
    async () =>
      /^[5-9][.\d]* MB of 20 MB/.test((await uploadRow('large.jpg').locator('p').last().textContent()) ?? ''),
    {
      waitingFor: 'some of it to be sent',
      timeoutMs: 60_000,
    },
  )
  await page.getByRole('button', { name: 'Pause large.jpg' }).click()
  await uploadRow('large.jpg').getByText('Paused').waitFor()
  await poll(() => page.evaluate(UPLOADS_KEPT).then((kept) => /"isPaused":true/.test(String(kept))), {
    waitingFor: 'the browser to have written down where it is',
  })
  await page.reload()
  await uploadRow('large.jpg').getByText('Paused').waitFor()
  await throttle(-1)
  const heads: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/v1/tus')) heads.push(request.method())
  })
  await page.getByRole('button', { name: 'Go on with large.jpg' }).click()
  await uploadRow('large.jpg').getByText('Uploaded').waitFor()
  t.equal(heads[0], 'HEAD', 'it asks how far it was')
  t.notOk(heads.includes('POST'), 'and begins no other')
  await tileOf('large.jpg').locator('img[data-loaded]').waitFor()
  await page.getByRole('button', { name: 'Clear what is done' }).click()
})

t.test('what cannot be processed says why', async (t) => {
  await picked([jpeg('torn.jpg', truncated(await photo({ width: 800, height: 600, seed: 60 }), 0.6))])
  await tileOf('torn.jpg').getByText('Failed').waitFor()
  await page.getByRole('button', { name: 'Clear what is done' }).click()
  await tileOf('torn.jpg').getByRole('link').click()
  await page.getByRole('alert').getByText('could not be processed').waitFor()
  t.strictSame(await look(page, 'image-failed'), [])
  await page.getByRole('link', { name: 'Back to the pictures' }).click()
})

t.test('searching, and filtering', async (t) => {
  await page.getByLabel('Search in titles').fill('harbour')
  await page.getByText('9 pictures').waitFor()
  t.match(page.url(), /q=harbour/)
  await page.getByLabel('Search in titles').fill('no such thing')
  await page.getByRole('heading', { name: 'Nothing found' }).waitFor()
  await page.getByRole('button', { name: 'Show all pictures' }).click()
  await page.getByText('Failed', { exact: true }).first().click()
  await page.getByText('1 picture', { exact: true }).waitFor()
  await page.getByLabel('Search in titles').fill('torn')
  await page.waitForURL(/q=torn/)
  await page.getByRole('navigation', { name: 'Main' }).getByText('Pictures').click()
  await page.getByText(/^1\d pictures$/).waitFor()
  t.equal(await page.getByLabel('Search in titles').inputValue(), '', 'the search of before is gone')
})

t.test('what happens while the gallery loads is not lost', async (t) => {
  const stale = Promise.withResolvers<void>()
  const isRead = Promise.withResolvers<void>()
  await page.route(
    /\/v1\/images\?.*total=true/,
    async (route) => {
      const response = await route.fetch()
      isRead.resolve()
      await stale.promise
      await route.fulfill({ response })
    },
    { times: 1 },
  )
  const following = page.waitForResponse(/\/v1\/events/)
  await page.goto('/')
  await Promise.all([following, isRead.promise])
  const looking = page.waitForResponse(/\/v1\/images\/[\w-]+$/)
  const late = await user.client.uploadOne({
    filename: 'late.jpg',
    bytes: await photo({ width: 300, height: 200, seed: 41 }),
  })
  await looking
  stale.resolve()
  await tileOf('late.jpg').locator('img[data-loaded]').waitFor()
  await user.client.delete(`/v1/images/${late.id}`)
  await tileOf('late.jpg').waitFor({ state: 'detached' })
  t.match(await page.title(), /^Pictures · /)
})

t.test('who comes back is where they were', async (t) => {
  const top = async () => Number(await page.evaluate('window.scrollY'))
  const before = page.viewportSize() ?? DESKTOP
  t.teardown(() => page.setViewportSize(before))
  await page.setViewportSize({ width: 390, height: 500 })
  const left = 200
  await poll(async () => {
    await page.evaluate(`window.scrollTo(0, ${left})`)
    return (await top()) === left
  })
  // In the middle of what is seen: nothing scrolls for it to be pressed.
  await tiles().nth(4).getByRole('link').click()
  const back = page.getByRole('link', { name: 'Back to the pictures' })
  await back.waitFor()
  const name = (await page.getByRole('heading', { level: 1 }).textContent()) ?? ''
  await poll(async () => (await page.title()).startsWith(name))
  t.equal(await page.evaluate('document.activeElement.id'), 'content', 'the focus has come along')
  await back.click()
  await poll(async () => (await top()) === left, { waitingFor: 'the gallery to be where it was' })
})

t.test('by the keyboard alone: moving, selecting, deleting', async (t) => {
  await page.getByText(/^1\d pictures$/).waitFor()
  const before = await tiles().count()
  const focused = () => page.evaluate('document.activeElement?.getAttribute("aria-label")')
  await tiles().first().getByRole('link').focus()
  t.match(await focused(), /^Open torn\.jpg/)
  await page.keyboard.press('ArrowRight')
  await poll(async () => /large/.test(String(await focused())))
  await page.keyboard.press('ArrowLeft')
  await poll(async () => /torn/.test(String(await focused())))
  await page.keyboard.press('Space')
  await page.keyboard.press('ArrowRight')
  await poll(async () => /large/.test(String(await focused())))
  await page.keyboard.press('Space')
  await page.getByRole('toolbar', { name: '2 selected' }).waitFor()
  t.strictSame(await look(page, 'gallery-selected'), [])
  await page.keyboard.press('Delete')
  await page.getByRole('dialog', { name: 'Delete 2 pictures?' }).waitFor()
  t.strictSame(await look(page, 'gallery-delete'), [])
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await poll(async () => /large/.test(String(await focused())), {
    waitingFor: 'the focus to be where it was',
  })
  await page.keyboard.press('Delete')
  await page.getByRole('dialog', { name: 'Delete 2 pictures?' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByText('2 pictures deleted.').waitFor()
  await poll(async () => (await tiles().count()) === before - 2)
})

t.test('several as a ZIP', async (t) => {
  await page.getByRole('checkbox', { name: 'Select harbour 1.jpg' }).check({ force: true })
  await page.getByRole('checkbox', { name: 'Select harbour 2.jpg' }).check({ force: true })
  await page.getByRole('button', { name: 'Download as ZIP' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Original' }).click(),
  ])
  t.match(download.suggestedFilename(), /\.zip$/)
  t.equal(
    readFileSync(await download.path())
      .subarray(0, 2)
      .toString(),
    'PK',
  )
  await page.getByRole('button', { name: 'Clear the selection' }).click()
})

t.test('one picture: its sizes and formats', async (t) => {
  await tileOf('harbour 2.jpg').getByRole('link').click()
  await page.getByRole('heading', { name: 'harbour 2.jpg', level: 1 }).waitFor()
  await page.getByText('300 × 200 px').waitFor()
  // One that no tier has made beforehand: what came as JPEG is one.
  const jpeg = page.getByRole('listitem').filter({ hasText: 'Whole picture as JPEG' })
  await jpeg.getByRole('button', { name: 'Make it' }).click()
  await jpeg.getByText('900 × 600 px').waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download Original' }).click(),
  ])
  t.match(download.suggestedFilename(), /^harbour 2\.jpe?g$/)
  await page.getByRole('button', { name: 'Copy the address of 200 px high' }).click()
  const copied = String(await page.evaluate('navigator.clipboard.readText()'))
  t.equal((await user.client.get(copied)).status, 200, 'the address that was copied is one')
})

t.test('one picture: its links', async (t) => {
  await page.getByRole('button', { name: 'New link' }).click()
  const form = page.getByRole('form', { name: 'New link' })
  await form.getByRole('combobox', { name: 'What it shows' }).click()
  await page.getByRole('option', { name: '400 px high' }).click()
  await form.getByLabel('Uses at most').fill('3')
  t.strictSame(await look(page, 'link-form'), [])
  await form.getByRole('button', { name: 'Make link' }).click()
  const link = page.getByRole('listitem').filter({ hasText: '3 uses left' })
  const secondsLeft = async () => (await link.textContent())?.match(/[\d:]+ left/)?.[0]
  const first = await secondsLeft()
  await poll(async () => (await secondsLeft()) !== first, { waitingFor: 'a second to be counted' })
  await link.getByRole('button', { name: 'Copy the link' }).click()
  const url = String(await page.evaluate('navigator.clipboard.readText()'))
  t.equal((await fetch(url)).status, 200)
  t.strictSame(await look(page, 'image'), [])
  await link.getByRole('button', { name: 'QR code' }).click()
  await page.getByRole('img', { name: 'QR code' }).waitFor()
  t.strictSame(await look(page, 'link-qr'), [])
  await page.keyboard.press('Escape')
  await link.getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await page.getByText('No links.').waitFor()
  t.equal((await fetch(url)).status, 404)
})

t.test('a session that ends takes nothing that was typed', async (t) => {
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByLabel('Title').fill('The harbour at dawn')
  await user.client.post('/v1/auth/logout-all')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('dialog', { name: 'Please sign in again' }).waitFor()
  t.strictSame(await look(page, 'session-ended'), [])
  const elsewhere = await signIn(stack.url, user)
  await elsewhere.uploadOne({
    filename: 'meanwhile.jpg',
    bytes: await photo({ width: 300, height: 200, seed: 42 }),
  })
  await page.getByLabel('Password', { exact: true }).fill(user.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  t.equal(await page.getByLabel('Title').inputValue(), 'The harbour at dawn')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'The harbour at dawn', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Back to the pictures' }).click()
  await tileOf('meanwhile.jpg').locator('img[data-loaded]').waitFor()
})

t.test('the account: sessions, keys, usage, password', async (t) => {
  const elsewhere = await visit(t, stack.url)
  await elsewhere.page.goto('/')
  await signInOnPage(elsewhere.page, user)
  await tiles(elsewhere.page).first().waitFor()

  await page.getByRole('navigation', { name: 'Main' }).getByText('Account').click()
  await page.getByRole('heading', { name: 'Your tier: Darkroom' }).waitFor()
  await page.getByText('Pictures', { exact: true }).last().waitFor()
  await page.getByRole('button', { name: 'New API key' }).click()
  await page.getByLabel('Name').fill('Nightly import')
  await page.getByRole('button', { name: 'Make key' }).click()
  const key = (await page.getByRole('dialog').locator('pre').textContent()) ?? ''
  await page.keyboard.press('Escape')
  const asProgram = await fetch(`${stack.url}/v1/images`, { headers: { authorization: `Bearer ${key}` } })
  t.equal(asProgram.status, 200)
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  await page.getByText('Nightly import').waitFor()
  t.strictSame(await look(page, 'account'), [])

  await page.getByRole('button', { name: 'Account menu of' }).click()
  await page.getByRole('menuitemradio', { name: 'As the system', checked: true }).waitFor()
  t.strictSame(await look(page, 'account-menu'), [])
  await page.keyboard.press('Escape')

  await page
    .getByRole('button', { name: /^End the session of/ })
    .first()
    .click()
  await elsewhere.page.reload()
  await elsewhere.page.getByRole('heading', { name: 'Sign in' }).waitFor()

  await page.getByLabel('Password now').fill(user.password)
  await page.getByLabel('New password').fill('a quite different sentence')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('Your password is changed.').waitFor()
  await page.getByRole('button', { name: 'Delete the key Nightly import' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No API keys.').waitFor()
})

t.test('without a connection it says so, and goes on after', async (t) => {
  await context.setOffline(true)
  await page.getByText('You are offline.').waitFor()
  await context.setOffline(false)
  await page.getByText('You are offline.').waitFor({ state: 'hidden' })
  // Beside what was asked for: no network, and a file that is no picture.
  t.strictSame(
    complaints.filter((complaint) => !/ERR_INTERNET_DISCONNECTED|NETWORK|not a picture/.test(complaint)),
    [],
    'no page complained',
  )
})
