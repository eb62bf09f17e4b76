import { INSTALLATIONS_PREFIX } from '@tintype/domain'
import { type CopyCounts, copyStore, createObjectStore } from '@tintype/object-store'
import { runService, storeUrl, type Variable } from '@tintype/service-kit'

/** `node copy-store.js backup|restore`: all objects into another store, or back. See deploy/backup.md. */
const variables = {
  storeUrl,
  backupUrl: {
    ...storeUrl,
    name: 'BACKUP_URL',
    description: 'where the copy is: a store as STORE_URL names one, say file:///backup/objects',
  } satisfies Variable<string>,
}

await runService('copy-store', variables, async (config) => {
  const [direction] = process.argv.slice(2)
  if (direction !== 'backup' && direction !== 'restore') {
    process.stderr.write('Say what to do: backup (STORE_URL into BACKUP_URL) or restore (the other way).\n')
    process.exitCode = 64
    return
  }
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  process.once('SIGTERM', () => stopping.abort())
  const store = await createObjectStore(config.storeUrl)
  const backup = await createObjectStore(config.backupUrl)
  const [from, to] = direction === 'backup' ? [store, backup] : [backup, store]
  const say = ({ copied, present, bytes }: CopyCounts) =>
    process.stdout.write(`${copied} copied (${bytes} bytes), ${present} there already\n`)
  try {
    // The mark of the store is its own: a copy belongs to whoever restores it.
    say(
      await copyStore(from, to, { except: [INSTALLATIONS_PREFIX], signal: stopping.signal, onProgress: say }),
    )
  } finally {
    store.close()
    backup.close()
  }
})
