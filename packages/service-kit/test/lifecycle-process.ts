/** A process that ends as a service does. Usage: lifecycle-process.ts MODE */
import { setTimeout as delay } from 'node:timers/promises'
import { createLifecycle } from '../src/lifecycle.ts'
import { createLogger } from '../src/logger.ts'

const mode = process.argv[2]
const log = createLogger('process', 'info')
const lifecycle = createLifecycle(log, mode === 'hangs' ? 100 : 20_000)
setInterval(() => {}, 1000) // something that would go on

lifecycle.onStop('store', async () => {
  log.info('store ended')
  if (mode === 'throws') throw new Error('store fault')
})
lifecycle.onStop('workers', async () => {
  await delay(20)
  if (mode === 'hangs' || mode === 'waits') await new Promise(() => {})
  if (mode === 'throws') throw new Error('workers fault')
  log.info('workers ended')
})
lifecycle.onStop('intake', () => {
  log.info('intake ended')
})
process.on('message', () => {
  if (mode === 'uncaught')
    setImmediate(() => {
      throw new Error('nobody caught it')
    })
  if (mode === 'rejection') void Promise.reject(new Error('nobody caught it'))
  if (mode === 'stops-twice') {
    void Promise.all([lifecycle.stop(), lifecycle.stop()]).then(() => log.info('both'))
  }
})
process.send?.('started')
