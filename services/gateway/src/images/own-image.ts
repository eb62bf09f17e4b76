import { type Database, findImage, type ImageWithRenditions } from '@tintype/database'
import { isUuid } from '@tintype/domain'
import { actorOf, NotFound } from '@tintype/service-kit'
import type { FastifyRequest } from 'fastify'

/** The caller's image of this id. @throws NotFound also where it is somebody else's, or the id is none. */
export async function findOwnImage(
  database: Database,
  request: FastifyRequest,
  id: string,
): Promise<ImageWithRenditions> {
  const found = isUuid(id) ? await findImage(database, actorOf(request).user.id, id) : undefined
  if (found === undefined) throw new NotFound()
  return found
}
