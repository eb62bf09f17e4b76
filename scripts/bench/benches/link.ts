import type { Bench } from '../bench.ts'
import { resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'
import { createThumbnail } from '../thumbnail-fixture.ts'
import { describeShare, type LoadFigures, runLoad } from '../wrk.ts'

const CONNECTIONS = 64

const rateOf = (figures: LoadFigures[]) => figures.map(({ requestsPerSecond }) => requestsPerSecond)

/** A link's bytes, asked of the links service and through the gateway, and what a forged one costs. */
export const link: Bench = {
  name: 'link',
  goal: 'links reaches 0.6 of a bare route that streams the same object; forged tokens 0.8 of a bare 404',
  async run(context) {
    const product = await context.startProduct({ services: ['gateway', 'links'], store: 'file' })
    const { user, image, bytes, bareUrl } = await createThumbnail(context, product)
    const target = Object.keys(image.thumbnails)[0]
    const made = await user.client.post<{ url: string }>(`/v1/images/${image.id}/links`, {
      target: `h${target}`,
    })
    if (made.status !== 201) throw new Error(`a link was answered with ${made.status}: ${made.bytes}`)
    const { pathname } = new URL(made.body.url)
    const forged = `${pathname.slice(0, -1)}${pathname.endsWith('A') ? 'B' : 'A'}`

    const load = (url: string, refusals = false) =>
      runLoad(context, { url, connections: CONNECTIONS, seconds: context.quick ? 3 : 5, refusals })
    await load(`${product.urls.links}${pathname}`)
    const figures = await alternate(context.rounds, {
      direct: () => load(`${product.urls.links}${pathname}`),
      throughGateway: () => load(`${product.url}${pathname}`),
      bare: () => load(`${bareUrl}/object`),
      forged: () => load(`${product.urls.links}${forged}`, true),
      bareMissing: () => load(`${bareUrl}${forged}`, true),
    })
    const beside = rateOf(figures.bare)
    const unit = 'req/s'
    return [
      resultOf({
        ...{ name: 'link', unit, ours: rateOf(figures.direct), beside },
        goal: { of: 'ratio', atLeast: 0.6 },
        note: `beside: a bare route, ${bytes} bytes; ${describeShare([...figures.direct, ...figures.bare])}`,
      }),
      resultOf({
        ...{ name: 'link, through the gateway', unit, ours: rateOf(figures.throughGateway), beside },
        note: 'beside: the same bare route',
      }),
      resultOf({
        ...{ name: 'link, forged', unit, ours: rateOf(figures.forged), beside: rateOf(figures.bareMissing) },
        goal: { of: 'ratio', atLeast: 0.8 },
        note: 'beside: 404 of a bare server; ours is mostly 429, as for one address',
      }),
    ]
  },
}
