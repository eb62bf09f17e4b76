import { corruptPng, createUser, photo, poll, type TestUser } from '@tintype/testkit'
import type { Locator, Page } from 'playwright-core'
import t from 'tap'
import { look, signInOnPage, visit } from './browser.ts'
import { sharedStack } from './stack.ts'

const stack = await sharedStack()
const admin = await stack.signInAsAdmin()

/** Somebody with a picture, a link to it, and one that cannot be read. */
async function makeOwner(): Promise<TestUser & { pictureId: string }> {
  const owner = await createUser(admin, { tier: 'Enterprise', username: 'ann.owner' })
  const good = await owner.client.upload([
    { filename: 'harbour.jpg', title: 'Harbour at dusk', bytes: await photo({ width: 640, height: 480 }) },
  ])
  const pictureId = good.body.items[0]?.image?.id ?? ''
  const bad = await owner.client.uploadOne({ filename: 'damaged.png', bytes: await corruptPng() })
  await owner.client.waitUntilSettled(pictureId)
  await owner.client.waitUntilSettled(bad.id)
  await owner.client.post(`/v1/images/${pictureId}/links`, {
    target: 'original',
    expiresIn: 3600,
    maxUses: 3,
  })
  return { ...owner, pictureId }
}

const main = (page: Page): Locator => page.locator('#content')
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const said = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor()

/** To one of the administration's pages, by the links that people press. */
async function goTo(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name }).click()
  await heading(page, name)
}

/** What has been said is out of the way of what is looked at. */
async function lookAt(page: Page, name: string): Promise<string[]> {
  const closing = page.locator('.mantine-Notification-closeButton')
  while ((await closing.count()) > 0)
    await closing
      .first()
      .click({ timeout: 2000 })
      .catch(() => {})
  return look(page, name)
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

/** More changes than one page of the log has. */
async function changeOften(): Promise<number> {
  const { id } = (await admin.post<{ id: string }>('/v1/admin/tiers', { name: 'Often changed' })).body
  for (let quotaImages = 1; quotaImages <= 60; quotaImages += 1) {
    await admin.patch(`/v1/admin/tiers/${id}`, { quotaImages })
  }
  return 61
}

t.test('administrators change all, and auditors see it', async (t) => {
  const changes = await changeOften()
  const owner = await makeOwner()
  const other = await createUser(admin, { tier: 'Premium', username: 'bea.other' })
  const { page, complaints } = await visit(t, stack.url)
  await page.goto('/console')
  await signInOnPage(page, stack.admin)
  await heading(page, 'Overview')

  await t.test('how things are', async (t) => {
    await page.getByText('Workers alive').waitFor()
    await page.getByText('They take jobs').waitFor()
    await page.getByRole('cell', { name: 'The picture is damaged' }).waitFor()
    t.strictSame(await lookAt(page, 'admin-overview'), [])
  })

  await t.test('a tier is made, and edited once it is seen what that does', async (t) => {
    await goTo(page, 'Tiers')
    t.strictSame(await lookAt(page, 'admin-tiers'), [])
    await page.getByRole('link', { name: 'New tier' }).click()
    const name = page.getByRole('textbox', { name: 'Name', exact: true })
    await name.fill('BASIC')
    await page.getByRole('button', { name: 'Make tier' }).click()
    await page.getByText('Another tier has this name.').waitFor()
    t.equal(await name.inputValue(), 'BASIC', 'what was typed stays')
    await name.fill('Studio')
    await page.getByRole('button', { name: 'Make tier' }).click()
    await heading(page, 'Studio')
    t.strictSame(await lookAt(page, 'admin-tier'), [])

    await goTo(page, 'Tiers')
    await page.getByRole('link', { name: 'Enterprise' }).click()
    await heading(page, 'Enterprise')
    await page.getByRole('combobox', { name: 'Thumbnails' }).fill('300')
    await page.keyboard.press('Enter')
    await page.getByRole('switch', { name: 'Originals' }).uncheck()
    await page.getByRole('textbox', { name: 'Longest link' }).fill('100')
    await page.getByRole('button', { name: 'Preview the changes' }).click()
    await page.getByText('Must not be greater than linkMaxSeconds.').waitFor()
    await page.getByRole('textbox', { name: 'Longest link' }).fill('7200')
    await page.getByRole('button', { name: 'Preview the changes' }).click()
    const preview = page.getByRole('dialog', { name: 'What changes in Enterprise' })
    await preview.getByText('Thumbnails, 300 px').waitFor()
    await preview.getByText('Originals').waitFor()
    await preview.getByRole('row', { name: /Longest link .* 2 hours/ }).waitFor()
    await preview.getByText('1 picture must be made, in the background.').waitFor()
    t.strictSame(await lookAt(page, 'admin-tier-preview'), [])
    await preview.getByRole('button', { name: 'Save changes' }).click()
    await said(page, 'The tier Enterprise is saved.')
    await said(page, /What its users gained was asked for of \d+ picture/)
  })

  await t.test('a user is made, found, moved, disabled and given a new password', async (t) => {
    await goTo(page, 'Users')
    t.strictSame(await lookAt(page, 'admin-users'), [])
    await page.getByRole('button', { name: 'New user' }).click()
    const dialog = page.getByRole('dialog', { name: 'New user' })
    await dialog.getByLabel('User name').fill('cleo.new')
    await dialog.getByLabel('Password').fill('short')
    await dialog.getByRole('button', { name: 'Make user' }).click()
    await dialog
      .getByText(/at least|characters/i)
      .first()
      .waitFor()
    t.equal(await dialog.getByLabel('User name').inputValue(), 'cleo.new')
    t.strictSame(await lookAt(page, 'admin-new-user'), [])
    await dialog.getByRole('button', { name: 'Make one up' }).click()
    await dialog.getByRole('button', { name: 'Make user' }).click()
    await said(page, 'cleo.new can sign in now.')
    const search = page.getByRole('searchbox', { name: 'Search in names' })
    await search.pressSequentially('CL')
    await page.waitForURL(/q=CL/)
    await page.keyboard.type('EO')
    await page.waitForURL(/q=CLEO/)
    await page.getByRole('link', { name: 'ann.owner' }).waitFor({ state: 'detached' })
    await page.reload()
    await page.getByRole('link', { name: 'cleo.new' }).click()
    await heading(page, 'cleo.new')
    await page.getByLabel('E-mail').fill('cleo@example.org')
    const { items } = (await admin.get<{ items: { id: string }[] }>('/v1/admin/users?q=cleo.new')).body
    await admin.patch(`/v1/admin/users/${items[0]?.id}`, { role: 'auditor' })
    await choose(page, 'Tier', 'Studio')
    await page.getByRole('button', { name: 'Save' }).click()
    await said(page, 'Saved.')
    const role = page.getByRole('combobox', { name: 'Role', exact: true })
    await poll(async () => (await role.inputValue()) === 'Auditor', {
      waitingFor: 'what was not touched here to be as another left it',
    })
    await page.getByRole('button', { name: 'Reset password' }).click()
    const reset = page.getByRole('dialog', { name: 'A new password for cleo.new' })
    await reset.getByRole('button', { name: 'Make one up' }).click()
    await reset.getByRole('button', { name: 'Reset password' }).click()
    await said(page, 'cleo.new has a new password.')
    await page.getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await said(page, 'cleo.new is disabled.')
    await page.getByRole('button', { name: 'Enable' }).waitFor()
    t.strictSame(await lookAt(page, 'admin-user'), [])
  })

  await t.test('a tier goes once its users have another', async () => {
    await goTo(page, 'Tiers')
    await page.getByRole('link', { name: 'Studio' }).click()
    await page.getByRole('button', { name: 'Delete tier' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete the tier Studio?' })
    await dialog.getByRole('button', { name: 'Delete tier' }).click()
    await dialog.getByText('1 users have this tier').waitFor()
    await choose(page, 'They get', 'Basic')
    await dialog.getByRole('button', { name: 'Delete tier' }).click()
    await said(page, 'The tier Studio is deleted.')
    await heading(page, 'Tiers')
  })

  await t.test('a picture that failed is tried again, and another changes hands', async (t) => {
    await goTo(page, 'Pictures')
    t.strictSame(await lookAt(page, 'admin-images'), [])
    await choose(page, 'State', 'Failed')
    await page.waitForURL(/state=failed/)
    await page.getByRole('button', { name: 'Try again: damaged.png' }).click()
    await said(page, 'damaged.png is tried again.')
    await goTo(page, 'Pictures')
    await page.getByRole('link', { name: 'Harbour at dusk' }).click()
    await heading(page, 'Harbour at dusk')
    t.strictSame(await lookAt(page, 'admin-image'), [])
  })

  await t.test('a link is revoked', async (t) => {
    await goTo(page, 'Links')
    t.strictSame(await lookAt(page, 'admin-links'), [])
    await page.getByRole('button', { name: 'Revoke the link to Harbour at dusk' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await said(page, 'The link is revoked.')
    await page.getByRole('heading', { name: 'No links' }).waitFor()
    t.strictSame(
      (await owner.client.get<{ items: unknown[] }>(`/v1/images/${owner.pictureId}/links`)).body.items,
      [],
    )
  })

  await t.test('a picture changes hands', async (t) => {
    await goTo(page, 'Pictures')
    await page.getByRole('link', { name: 'Harbour at dusk' }).click()
    await page.getByRole('button', { name: 'Transfer' }).click()
    const dialog = page.getByRole('dialog', { name: 'Give Harbour at dusk' })
    await dialog.getByRole('combobox', { name: 'New owner' }).fill('bea')
    await page.getByRole('option', { name: 'bea.other' }).click()
    await dialog.getByRole('button', { name: 'Transfer' }).click()
    await said(page, 'Harbour at dusk belongs to bea.other now.')
    t.equal((await other.client.get(`/v1/images/${owner.pictureId}`)).status, 200)
  })

  await t.test('what was changed is in the log, and the queues are framed', async (t) => {
    await goTo(page, 'Audit log')
    const log = page.getByRole('list', { name: 'Changes' })
    await log.getByText('Picture', { exact: false }).first().waitFor()
    await log.getByRole('row', { name: 'Owner ann.owner bea.other' }).waitFor()
    await log.getByRole('row', { name: 'Originals Yes No' }).waitFor()
    t.strictSame(await lookAt(page, 'admin-audit'), [])
    await page.keyboard.press('End')
    await log.getByRole('listitem').nth(changes).waitFor({ state: 'attached' })
    await choose(page, 'What', 'Link revoked')
    await page.waitForURL(/action=link.revoke/)
    await log.getByRole('row', { name: 'Owner ann.owner bea.other' }).waitFor({ state: 'detached' })
    t.equal(await log.getByRole('listitem').count(), 1)

    await goTo(page, 'Queues')
    const frame = page.frameLocator('iframe')
    await frame.getByRole('main').getByText('renditions').first().waitFor()
    t.strictSame(await lookAt(page, 'admin-queues'), [])
  })
  t.strictSame(complaints, [])

  await t.test('an auditor sees the same, and no control that changes anything', async (t) => {
    const auditor = await createUser(admin, { tier: 'Basic', role: 'auditor', username: 'dan.auditor' })
    const { page, complaints } = await visit(t, stack.url)
    await page.goto('/console')
    await signInOnPage(page, auditor)
    await heading(page, 'Overview')
    await said(page, 'You are an auditor')
    /** Buttons that narrow and page lists, and open what is folded, change nothing. */
    const HARMLESS = /^(Clear|Show|Hide|Load more|$)/
    const ids = {
      user: owner.id,
      tier: (await admin.get<{ tier: { id: string } }>('/v1/me')).body.tier.id,
      image: owner.pictureId,
    }
    const paths = ['', '/users', `/users/${ids.user}`, '/tiers', `/tiers/${ids.tier}`, '/images']
    for (const path of [...paths, `/images/${ids.image}`, '/links', '/audit', '/queues']) {
      await page.goto(`/console${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.getByRole('status', { name: 'Loading' }).waitFor({ state: 'detached' })
      const buttons = await main(page).getByRole('button').allInnerTexts()
      t.strictSame(
        buttons.filter((text) => !HARMLESS.test(text.trim())),
        [],
        `${path}: no button`,
      )
      t.equal(await main(page).getByRole('switch').count(), 0, path)
      t.equal(await main(page).getByRole('link', { name: 'New tier' }).count(), 0, path)
    }
    await page.goto(`/console/tiers/${ids.tier}`)
    await page.getByText('Largest file').waitFor()
    t.strictSame(await lookAt(page, 'admin-tier-auditor'), [])
    t.strictSame(complaints, [])
  })
})

t.test('an administration that was moved is found by who knows where to', async (t) => {
  const { url } = await stack.startGateway({ env: { ADMIN_PATH: 'back-office' } })
  const { page } = await visit(t, url)
  await page.goto('/console/users')
  await signInOnPage(page, stack.admin)
  await heading(page, 'The administration is somewhere else')
  t.strictSame(await lookAt(page, 'admin-moved'), [])
  await page.getByLabel('Its path').fill('back-office')
  await page.getByRole('button', { name: 'Open it' }).click()
  await heading(page, 'Users')
  await page.getByRole('link', { name: 'ann.owner' }).waitFor()
  await goTo(page, 'Queues')
  await page.frameLocator('iframe').getByRole('main').getByText('renditions').first().waitFor()
  t.pass('there, as everywhere')
})
