import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { uuidv7 } from '@tintype/domain'
import { type Answer, type Client, createUser, type ImageBody, type TestUser } from '@tintype/testkit'

/** What a store in a folder holds, by kind. Files that are being written are of neither. */
export async function objectsIn(storeUrl: string): Promise<{ originals: string[]; renditions: string[] }> {
  const folder = fileURLToPath(storeUrl)
  const below = async (kind: string) => {
    const entries = await readdir(join(folder, kind), { recursive: true, withFileTypes: true }).catch(
      () => [],
    )
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + kind.length + 2))
      .toSorted()
  }
  return { originals: await below('originals'), renditions: await below('renditions') }
}

/** Makes everything in the store as old as if so many hours had passed. */
export async function age(storeUrl: string, hours: number): Promise<void> {
  const folder = fileURLToPath(storeUrl)
  const then = Date.now() / 1000 - hours * 3600
  for (const [kind, keys] of Object.entries(await objectsIn(storeUrl))) {
    for (const key of keys) await utimes(join(folder, kind, key), then, then)
  }
}

/** What processes leave that die between the store and PostgreSQL: an original, and renditions of it and of an image. */
export async function leaveBehind(storeUrl: string, imageId: string): Promise<void> {
  const folder = fileURLToPath(storeUrl)
  const nobodys = uuidv7()
  await writeFile(join(folder, 'originals', nobodys), 'an original')
  for (const id of [nobodys, imageId]) {
    await mkdir(join(folder, 'renditions', id), { recursive: true })
    await writeFile(join(folder, 'renditions', id, `h200.${uuidv7()}.jpg`), 'a rendition')
  }
}

/** All of a person's pictures. */
export async function imagesOf(client: Client): Promise<ImageBody[]> {
  const images: ImageBody[] = []
  for (let path: string | undefined = '/v1/images?limit=100'; path !== undefined; ) {
    const { body, headers }: Answer<{ items: ImageBody[] }> = await client.get(path)
    images.push(...body.items)
    path = /^<([^>]+)>/.exec(headers.get('link') ?? '')?.[1]
  }
  return images
}

/** A user who may have thumbnails, originals and links alone, so that nothing is made any more of pictures that are ready. */
export async function createUserWithoutConversions(admin: Client): Promise<TestUser> {
  const { body: tier } = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: `without conversions ${uuidv7()}`,
    thumbnailHeights: [200, 400],
    originalAccess: true,
    linkAccess: true,
  })
  return createUser(admin, { tier: tier.id })
}

/** The least that these pictures need in the store: their originals, and as many renditions of each as are ready. */
export function objectsOf(images: ImageBody[]): { originals: string[]; renditions: Record<string, number> } {
  const ready = ({ thumbnails, conversions }: ImageBody) =>
    [...Object.values(thumbnails), ...Object.values(conversions ?? {})].filter((one) => one.state === 'ready')
  return {
    originals: images.map(({ id }) => id).toSorted(),
    renditions: Object.fromEntries(
      images
        .map((image) => [image.id, ready(image).length] as const)
        .filter(([, count]) => count > 0)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  }
}

/** The same of what there is. */
export async function countObjects(storeUrl: string): Promise<ReturnType<typeof objectsOf>> {
  const { originals, renditions } = await objectsIn(storeUrl)
  const counts: Record<string, number> = {}
  for (const key of renditions) {
    const [id = ''] = key.split('/')
    counts[id] = (counts[id] ?? 0) + 1
  }
  return { originals, renditions: counts }
}
