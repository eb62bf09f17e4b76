import type { AuditActor } from '@tintype/database'
import { actorOf } from '@tintype/service-kit'
import type { FastifyRequest } from 'fastify'

/** The administrator behind a request, as the audit log names them. */
export function auditActorOf(request: FastifyRequest): AuditActor {
  const { user } = actorOf(request)
  return { id: user.id, name: user.username, address: request.ip, requestId: request.id }
}
