import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { browserPath } from '@tintype/scripts/browser'
import type { Credentials, Scope } from '@tintype/testkit'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from 'playwright-core'
import t from 'tap'

const SCREENSHOTS = join(import.meta.dirname, '..', 'screenshots')

let shared: Promise<Browser> | undefined

/** The browser of all tests in this process, to whose end it lives. */
function sharedBrowser(): Promise<Browser> {
  shared ??= startBrowser()
  return shared
}

async function startBrowser(): Promise<Browser> {
  const executablePath = browserPath()
  if (executablePath === undefined) throw new Error('the browser tests need Chromium')
  const browser = await chromium.launch({
    executablePath,
    // As root, which containers often are, it refuses to run with its sandbox.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  })
  t.teardown(() => browser.close())
  return browser
}

/** A test, or all of a process, with tests in it. */
interface Tests extends Scope {
  afterEach(
    handler: (t: { name: string; passing(): boolean; comment(text: string): void }) => Promise<void>,
  ): void
}

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** What the page complained of: refused by its policy, thrown, or answered with 5xx. */
  readonly complaints: readonly string[]
}

export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }

/** A page of its own, with cookies of its own, at the product's address. */
export async function visit(t: Tests, url: string, viewport = DESKTOP): Promise<Visit> {
  const browser = await sharedBrowser()
  const context = await browser.newContext({
    baseURL: url,
    viewport,
    colorScheme: 'light',
    locale: 'en-GB',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  t.teardown(() => context.close())
  // Before the page's own scripts, whose policy would refuse it.
  await context.addInitScript(axe.source)
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
  })
  t.afterEach(async (t) => {
    if (t.passing()) return
    for (const complaint of complaints) t.comment(complaint)
    await keepScreenshot(page, `failed-${t.name.replace(/\W+/g, '-')}`)
  })
  return { page, context, complaints }
}

async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

/** Signs in by the form that is on the page. */
export async function signInOnPage(page: Page, { username, password }: Credentials): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

interface Violation {
  id: string
  impact: string | null
  nodes: { html: string; failureSummary?: string }[]
}

/**
 * What axe finds on the page that keeps people out: serious and critical
 * violations alone. The queue dashboard in its frame is another project's.
 */
export async function seriousViolations(page: Page): Promise<string[]> {
  const violations = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'], iframes: false }).then(({ violations }) => violations)`,
  )) as Violation[]
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => [id, html, failureSummary].join('\n')),
    )
}

async function untilAtRest(frame: Frame): Promise<void> {
  await frame.evaluate(`Promise.allSettled(document.getAnimations()
    .filter((animation) => animation instanceof CSSTransition)
    .map((transition) => transition.finished))`)
}

/**
 * Keeps what the page looks like, in light and dark, on a desktop and a phone,
 * and says what axe finds in each of the four.
 */
export async function look(page: Page, name: string): Promise<string[]> {
  const found: string[] = []
  const before = page.viewportSize() ?? DESKTOP
  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
      // Half way from one scheme to the other, letters have the contrast of neither.
      await Promise.all(page.frames().map(untilAtRest))
      await keepScreenshot(page, `${name}-${size}-${colorScheme}`)
      found.push(...(await seriousViolations(page)).map((one) => `${size}, ${colorScheme}: ${one}`))
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(before)
  return found
}
