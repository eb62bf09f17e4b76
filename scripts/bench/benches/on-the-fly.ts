import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { TestUser } from '@tintype/testkit'
import { runChild } from '../../stores/child.ts'
import type { Bench, Context } from '../bench.ts'
import { serveBeside } from '../beside/run.ts'
import { forEach } from '../beside/task.ts'
import { resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'

const IPX = 'ipx@3.1.1'
const HEIGHTS = [200, 400]
const MEGAPIXELS = 6

/** Thumbnails that nobody has asked for yet, made while somebody waits: ours for ever, ipx's for this once. */
export const onTheFly: Bench = {
  name: 'on-the-fly',
  goal: 'two thumbnails of a picture that has none are there sooner than from ipx',
  async run(context) {
    const product = await context.startProduct({ services: ['gateway', 'worker'], store: 'file' })
    const { users } = await product.createUsers(1, { generation: 'lazy', thumbnailHeights: HEIGHTS })
    const [user] = users
    if (user === undefined) throw new Error('there is no user')
    const { path } = await context.pictures.jpeg(MEGAPIXELS)
    const bytes = await readFile(path)
    const ipxUrl = await startIpx(context, path)
    const count = context.quick ? 3 : 24

    /** Milliseconds that a picture's two thumbnails take, so many pictures at once. */
    const ours = (atOnce: number) => async () => {
      const ids: string[] = []
      for (let at = 0; at < count; at += 1) ids.push(await uploaded(user, bytes))
      return timed(ids, atOnce, async (id) => {
        for (const height of HEIGHTS)
          await fetched(`${product.url}/v1/images/${id}/thumbnails/${height}`, user)
      })
    }
    const theirs = (atOnce: number) => () =>
      timed([...Array(count).keys()], atOnce, async () => {
        for (const height of HEIGHTS) await fetched(`${ipxUrl}/h_${height}/${basename(path)}`)
      })
    await ours(1)()
    await theirs(1)()
    const figures = await alternate(context.rounds, {
      one: ours(1),
      oneIpx: theirs(1),
      eight: ours(8),
      eightIpx: theirs(8),
    })
    const note = `beside: ${IPX}, whose sharp is its own; neither has made them before`
    return [
      resultOf({
        ...{ name: 'on-the-fly, one at a time', unit: 'ms', ours: figures.one, beside: figures.oneIpx, note },
        goal: { of: 'ratio', atMost: 1 },
      }),
      resultOf({
        ...{ name: 'on-the-fly, eight at once', unit: 'ms', ours: figures.eight, beside: figures.eightIpx },
        ...{ goal: { of: 'ratio', atMost: 1 }, note },
      }),
    ]
  },
}

async function timed<T>(all: T[], atOnce: number, work: (one: T) => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await forEach(all, atOnce, work)
  return (performance.now() - startedAt) / all.length
}

async function uploaded({ client }: TestUser, bytes: Uint8Array): Promise<string> {
  const { id } = await client.uploadOne({ filename: 'photo.jpg', bytes })
  await client.waitUntilSettled(id)
  return id
}

async function fetched(url: string, user?: TestUser): Promise<void> {
  const headers = {
    accept: 'image/jpeg',
    ...(user && { authorization: `Bearer ${user.client.accessToken}` }),
  }
  const answer = await fetch(url, { headers })
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`${url} was answered with ${answer.status}`)
}

/** Installs it for this bench alone: nobody else has a use for it and for all that it brings. */
async function startIpx(context: Context, path: string): Promise<string> {
  const [home, pictures] = [join(context.folder, 'ipx'), join(context.folder, 'pictures')]
  await mkdir(home)
  await mkdir(pictures)
  await writeFile(join(home, 'package.json'), '{"private":true}')
  await copyFile(path, join(pictures, basename(path)))
  context.say(`installing ${IPX} …`)
  await runChild({
    ...{ name: 'npm', command: 'npm', args: ['install', '--no-audit', '--no-fund', IPX] },
    ...{ cwd: home, env: process.env, runDir: context.runDir },
  })
  const { url, child } = await serveBeside(context, 'ipx-server', {
    IPX_ENTRY: join(home, 'node_modules/ipx/dist/index.mjs'),
    PICTURES: pictures,
  })
  context.teardown(() => child.stop())
  return url
}
