import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createTestFolder } from './folder.ts'
import type { Scope } from './scope.ts'

const run = promisify(execFile)

export interface PackedPackage {
  /** Its files, by their paths in the package. */
  files: string[]
  manifest: {
    name: string
    private?: boolean
    exports?: Record<string, Record<string, string>>
    bin?: Record<string, string>
    dependencies: Record<string, string>
  }
  /** A folder where it is installed in `node_modules`, as npm lays it out. */
  app: string
}

/**
 * Packs a workspace member as it would be published and installs it in an empty
 * folder, with the dependencies that it names and no others.
 *
 * @param folder the member's.
 * @param packed members that it depends on and that were packed before.
 */
export async function packPackage(
  t: Scope,
  folder: string,
  packed: PackedPackage[] = [],
): Promise<PackedPackage> {
  const root = join(import.meta.dirname, '../../..')
  const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const app = await createTestFolder(t)
  const pnpm = ['-y', packageManager, 'pack', '--json', '--pack-destination', app]
  const { stdout } = await run('npx', pnpm, { cwd: folder })
  const { filename } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { filename: string }
  await run('tar', ['-xzf', filename, '-C', app])
  const { stdout: listing } = await run('tar', ['-tzf', filename])
  const files = listing
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''))
  const unpacked = join(app, 'package')
  const manifest = JSON.parse(
    await readFile(join(unpacked, 'package.json'), 'utf8'),
  ) as PackedPackage['manifest']

  const modules = join(app, 'node_modules')
  const place = async (name: string) => {
    const path = join(modules, name)
    await mkdir(dirname(path), { recursive: true })
    return path
  }
  await cp(unpacked, await place(manifest.name), { recursive: true })
  for (const name of Object.keys(manifest.dependencies)) {
    const member = packed.find((one) => one.manifest.name === name)
    const source = member === undefined ? folder : member.app
    await symlink(join(source, 'node_modules', name), await place(name))
  }
  return { files, manifest, app }
}
