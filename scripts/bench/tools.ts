import { findOnPath, installDebianPackages } from '../stores/debian-packages.ts'

const TOOLS = {
  wrk: { commands: ['wrk'], debianPackage: 'wrk' },
  // Debian's name of version 6, and version 7's own: a `convert` may be anything.
  imagemagick: { commands: ['convert-im6.q16', 'magick'], debianPackage: 'imagemagick' },
} as const

/**
 * The path of a tool that is measured with, which apt installs where it may.
 * @throws one sentence when it is missing and cannot be installed.
 */
export async function findTool(name: keyof typeof TOOLS, say: (line: string) => void): Promise<string> {
  const { commands, debianPackage } = TOOLS[name]
  const find = () => commands.map(findOnPath).find((path) => path !== undefined)
  const found =
    find() ?? ((await installDebianPackages([debianPackage], say)) === 'installed' ? find() : undefined)
  if (found !== undefined) return found
  throw new Error(`This bench needs ${name}: install it (Debian, Ubuntu: apt-get install ${debianPackage}).`)
}
