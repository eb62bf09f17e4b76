import { createUser } from '@tintype/testkit'
import t from 'tap'
import { look, signInOnPage, visit } from './browser.ts'
import { sharedStack } from './stack.ts'

const stack = await sharedStack()
const admin = await stack.signInAsAdmin()

t.test('signing in, and out', async (t) => {
  const user = await createUser(admin, { tier: 'Enterprise' })
  const { page, context, complaints } = await visit(t, stack.url)
  await page.goto('/')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.strictSame(await look(page, 'sign-in'), [])
  await signInOnPage(page, { ...user, password: 'not the password' })
  await page.getByRole('alert').getByText('do not go together').waitFor()
  await signInOnPage(page, user)
  await page.getByRole('navigation', { name: 'Main' }).getByText('Pictures').waitFor()
  t.notOk(await page.getByText('Administration').isVisible(), 'which users have nothing to do with')
  t.match(await page.evaluate('JSON.stringify([localStorage, document.cookie])'), /^((?!eyJ).)*$/)
  await page.getByRole('button', { name: 'Account menu' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.strictSame(await context.cookies(), [])
  t.strictSame(complaints, [])
})
