import { createObjectStore } from '@tintype/object-store'
import { signIn } from '@tintype/testkit'
import type { Bench } from '../bench.ts'
import { resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'
import { createThumbnail, THUMBNAIL_HEIGHT_PX } from '../thumbnail-fixture.ts'
import { describeShare, type LoadFigures, runLoad } from '../wrk.ts'

const CONNECTIONS = 64

const rateOf = (figures: LoadFigures[]) => figures.map(({ requestsPerSecond }) => requestsPerSecond)

/** One's own thumbnail, with a token that is looked up at every request. */
export const thumbnail: Bench = {
  name: 'thumbnail',
  goal: 'the gateway reaches 0.5 of a bare route; a client that has the picture already costs the store nothing',
  async run(context) {
    const product = await context.startProduct({ services: ['gateway'], store: 'file' })
    const { user, image, objectKey, bytes, bareUrl } = await createThumbnail(context, product)
    const path = `/v1/images/${image.id}/thumbnails/${THUMBNAIL_HEIGHT_PX}`
    const url = `${product.url}${path}`
    const etag = (await user.client.get(path)).headers.get('etag') ?? ''
    const seconds = context.quick ? 3 : 5

    const load = async (headers: Record<string, string>) => {
      const { accessToken = '' } = await signIn(product.url, user) // one lasts a quarter of an hour
      const tokens = [accessToken]
      return runLoad(context, { url, connections: CONNECTIONS, seconds, headers, tokens })
    }
    await load({})
    const figures = await alternate(context.rounds, {
      ours: () => load({}),
      bare: () => runLoad(context, { url: `${bareUrl}/object`, connections: CONNECTIONS, seconds }),
    })
    // Whatever answers now has not asked the store: it has nothing left to give.
    const store = await createObjectStore(product.storeUrl)
    await store.delete(objectKey)
    store.close()
    const { unchanged } = await alternate(context.rounds, {
      unchanged: () => load({ 'if-none-match': etag }),
    })

    const beside = rateOf(figures.bare)
    const unit = 'req/s'
    return [
      resultOf({
        ...{ name: 'thumbnail', unit, ours: rateOf(figures.ours), beside },
        goal: { of: 'ratio', atLeast: 0.5 },
        note: `beside: a bare route, ${bytes} bytes; ${describeShare([...figures.ours, ...figures.bare])}`,
      }),
      resultOf({
        ...{ name: 'thumbnail, If-None-Match', unit, ours: rateOf(unchanged), beside },
        note: 'answered with the object gone from the store: no call is made to it',
      }),
    ]
  },
}
