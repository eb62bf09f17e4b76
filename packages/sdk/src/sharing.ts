import type { paths } from './api.ts'
import { bodyOf, type CallOptions, type Context, pathOf } from './context.ts'
import { type Download, downloadOf } from './download.ts'
import { readError } from './errors.ts'
import { createPages } from './pages.ts'
import type { Archive, BodyOf, IssuedLink, NewLink } from './types.ts'

/** Links that expire. */
export function createLinks({ api }: Context) {
  return {
    create: (imageId: string, link: NewLink): Promise<IssuedLink> =>
      bodyOf(api.POST('/v1/images/{id}/links', { params: { path: { id: imageId } }, body: link })),
    /** Those of an image that work. */
    list: (imageId: string) =>
      createPages((query) =>
        bodyOf(api.GET('/v1/images/{id}/links', { params: { path: { id: imageId }, query } })),
      ),
    revoke: (id: string): Promise<void> =>
      bodyOf<never>(api.DELETE('/v1/links/{id}', { params: { path: { id } } })),
    revokeAll: (imageId: string): Promise<void> =>
      bodyOf<never>(api.DELETE('/v1/images/{id}/links', { params: { path: { id: imageId } } })),
  }
}

export type NewArchive = BodyOf<paths['/v1/archives']['post']>

/** Many pictures as one Zip. */
export function createArchives(context: Context) {
  const { api, transport, fetch, urlOf } = context
  const create = (body: NewArchive): Promise<Archive> => bodyOf(api.POST('/v1/archives', { body }))
  return {
    /** An address that is good for an hour, for whoever has it. */
    create,
    /** Fetches the archive: pass its `stream` on, it may be large. */
    async download(order: NewArchive, { signal }: CallOptions = {}): Promise<Download> {
      const { url } = await create(order)
      const address = urlOf(pathOf(url, '/v1/archives/'))
      const response = await transport.send((_added, signal) => fetch(address, { signal }), {
        isSafe: true,
        authorized: false,
        signal,
      })
      if (!response.ok) throw await readError(response)
      return downloadOf(response)
    },
  }
}
