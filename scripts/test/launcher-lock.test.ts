import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lockHolder, takeLock } from '../launcher-lock.ts'
import { scratchFolder } from './scratch.ts'

t.test('one process holds it, and any other is told which', async (t) => {
  const folder = scratchFolder(t)
  const lock = join(folder, 'launcher.json')
  t.equal(lockHolder(lock), undefined)
  t.equal(takeLock(lock), undefined)
  t.equal(lockHolder(lock), process.pid)
  t.equal(takeLock(lock), process.pid)
  t.same(readdirSync(folder), ['launcher.json'], 'no draft is left')
})

t.test('a lock of one that is gone is nobody’s', async (t) => {
  const lock = join(scratchFolder(t), 'launcher.json')
  takeLock(lock)
  const mine = JSON.parse(readFileSync(lock, 'utf8'))
  const stale = [
    { ...mine, startedAt: 'before the pid came round again' },
    { ...mine, pid: 2 ** 30 },
  ]
  for (const text of [...stale.map((one) => JSON.stringify(one)), '{"pid": ', '']) {
    writeFileSync(lock, text)
    t.equal(lockHolder(lock), undefined)
    t.equal(takeLock(lock), undefined)
    t.equal(lockHolder(lock), process.pid)
  }
})
