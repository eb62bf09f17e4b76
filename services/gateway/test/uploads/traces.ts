import type { Answer, Client } from '@tintype/testkit'
import type { TestGateway } from '../gateway.ts'

export interface Traces {
  /** Ids of the caller's images. */
  images: string[]
  /** Ids of which the store holds an original. */
  originals: string[]
  /** What the caller's usage says. */
  usedBytes: number
  usedImages: number
}

/** What uploads have left behind: rows, objects, usage. They must agree. */
export async function tracesOf(gateway: TestGateway, client: Client): Promise<Traces> {
  const images: string[] = []
  for (let path: string | undefined = '/v1/images?limit=100'; path !== undefined; ) {
    const { body, headers }: Answer<{ items: { id: string }[] }> = await client.get(path)
    images.push(...body.items.map((item) => item.id))
    path = /^<([^>]+)>/.exec(headers.get('link') ?? '')?.[1]
  }
  const { body: me } = await client.get<{ usage: { bytes: number; images: number } }>('/v1/me')
  return {
    images: images.toSorted(),
    originals: (await originalsIn(gateway)).toSorted(),
    usedBytes: me.usage.bytes,
    usedImages: me.usage.images,
  }
}

export async function originalsIn({ store }: TestGateway): Promise<string[]> {
  const ids: string[] = []
  for await (const { key } of store.list('originals/')) ids.push(key.slice('originals/'.length))
  return ids
}
