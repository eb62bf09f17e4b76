import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The folder of real photographs and hostile files that some machines keep
 * beside the checkout (or where `TINTYPE_TEST_IMAGES` says), for tests that run
 * over them on top of what they generate. Undefined where there is none.
 */
export function sharedPictures(): string | undefined {
  const folder = process.env.TINTYPE_TEST_IMAGES ?? join(import.meta.dirname, '../../../../../shared/images')
  return existsSync(folder) ? folder : undefined
}
