/** A service's `main.ts` in small. */
import { jwtPrivateKey, runService, text } from '../src/index.ts'

const variables = { greeting: text('GREETING', 'what it says'), key: jwtPrivateKey }
await runService('greeter', variables, async ({ greeting }) => {
  if (greeting === 'fault') throw new Error('cannot greet')
  process.stdout.write(`${greeting}\n`)
})
