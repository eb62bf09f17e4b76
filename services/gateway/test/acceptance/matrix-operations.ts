import { randomUUID } from 'node:crypto'
import type { Caller, World } from './matrix-callers.ts'

/** What is asked of an operation. */
interface Request {
  /** For the path's parameters; one that is not told is a UUID of nothing. */
  params?: Record<string, string>
  query?: string
  json?: unknown
  form?: FormData
  headers?: Record<string, string>
  body?: Uint8Array<ArrayBuffer>
  /** In place of the caller's own session, which goes on being needed. */
  isLastOfSession?: true
}

interface Operation {
  /** In the order of `CALLERS`. */
  statuses: string
  request: (caller: Caller, world: World) => Request | Promise<Request>
}

/** An id that nothing has. */
export const NOTHING = '00000000-0000-7000-8000-000000000000'

// Rows that many operations share. The columns are, as in CALLERS:
//                  nobody  stranger  Basic Premium Enterprise custom  auditor admin disabled  read write links admin
const READ_MINE =
  '   401     200      200    200      200      200     200    200    401      200   403   403   403'
const READ_THEIRS =
  ' 401     404      200    200      200      200     200    200    401      200   403   403   403'
const SESSION =
  '     401     200      200    200      200      200     200    200    401      403   403   403   403'
const SESSION_204 =
  ' 401     204      204    204      204      204     204    204    401      403   403   403   403'
const NO_WEBHOOK =
  '  401     404      404    404      404      404     404    404    401      403   403   403   403'
const ADMIN_READS =
  ' 401     403      403    403      403      403     200    200    401      403   403   403   200'

const CHANGE_THEIRS_200 =
  ' 401     404      200    200      200      200     200    200    401      403   200   403   403'
const CHANGE_THEIRS_204 = CHANGE_THEIRS_200.replaceAll('200', '204')

const TUS = { 'tus-resumable': '1.0.0' }
const TUS_BODY = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' }

const row = (statuses: string, request: Operation['request'] = () => ({})): Operation => ({
  statuses: statuses.trim(),
  request,
})
const image = ({ image: { id } }: Caller) => ({ params: { id } })
const freshImage = async (caller: Caller) => ({ params: { id: await caller.fresh() } })

/** Changes that an administrator makes: 403 for whoever is none, also for an auditor. */
const adminChanges = (status: number, request: Operation['request']) =>
  row(`401 403 403 403 403 403 403 ${status} 401 403 403 403 ${status}`, request)

export const OPERATIONS: Record<string, Operation> = {
  'GET /healthz': row('200 200 200 200 200 200 200 200 200 200 200 200 200'),
  'GET /readyz': row('200 200 200 200 200 200 200 200 200 200 200 200 200'),

  'POST /v1/auth/login': row('200 200 200 200 200 200 200 200 401 200 200 200 200', ({ owner }) => ({
    json: { username: owner.username, password: owner.password },
  })),
  'POST /v1/auth/refresh': row('401 401 401 401 401 401 401 401 401 401 401 401 401', () => ({
    json: { refreshToken: 'x' },
  })),
  'POST /v1/auth/logout': row(SESSION_204, () => ({ isLastOfSession: true })),
  // A wrong old password: refused as such to those who may change theirs at all.
  'POST /v1/auth/change-password': row('401 403 403 403 403 403 403 403 401 403 403 403 403', () => ({
    json: { oldPassword: 'not the old one', newPassword: 'a new password of some length' },
  })),
  'GET /v1/auth/sessions': row(SESSION),
  'DELETE /v1/auth/sessions/{id}': row('401 404 404 404 404 404 404 404 401 403 403 403 403'),

  'GET /v1/api-keys': row(SESSION),
  'POST /v1/api-keys': row('401 201 201 201 201 201 201 201 401 403 403 403 403', () => ({
    json: { name: randomUUID(), scopes: ['images:read'] },
  })),
  'DELETE /v1/api-keys/{id}': row('401 404 404 404 404 404 404 404 401 403 403 403 403'),

  'GET /v1/me': row(READ_MINE),
  'GET /v1/me/export': row(SESSION),

  'GET /v1/images': row(READ_MINE),
  'POST /v1/images': row('401 202 202 202 202 202 202 202 401 403 202 403 403', (_, { formOf }) => ({
    form: formOf(),
  })),
  'GET /v1/images/{id}': row(READ_THEIRS, image),
  'PATCH /v1/images/{id}': row(
    '401 404 200 200 200 200 200 200 401 403 200 403 403',
    ({ image: { id } }) => ({ params: { id }, json: { title: 'Another' } }),
  ),
  'DELETE /v1/images/{id}': row('401 404 204 204 204 204 204 204 401 403 204 403 403', freshImage),
  // What is another's is told apart by the result for its id.
  'POST /v1/images/delete': row('401 200 200 200 200 200 200 200 401 403 200 403 403', () => ({
    json: { ids: [NOTHING] },
  })),
  'GET /v1/images/{id}/original': row('401 404 403 200 200 200 403 200 401 200 403 403 403', image),
  'GET /v1/images/{id}/thumbnails/{height}': row(
    '401 404 200 200 200 403 200 200 401 200 403 403 403',
    ({ image: { id } }) => ({ params: { id, height: '200' } }),
  ),
  'GET /v1/images/{id}/conversions/{format}': row(
    '401 404 403 200 200 403 403 200 401 200 403 403 403',
    ({ image: { id } }) => ({ params: { id, format: 'png' } }),
  ),

  'POST /v1/uploads': row('401 201 201 201 201 201 201 201 401 403 201 403 403', (_, { bytes }) => ({
    json: { filename: 'a.jpg', bytes: bytes.length, contentType: 'image/jpeg' },
  })),
  'GET /v1/uploads/{id}': row(READ_THEIRS, freshUpload),
  'DELETE /v1/uploads/{id}': row('401 404 204 204 204 204 204 204 401 403 204 403 403', freshUpload),
  // Nothing was sent to it yet.
  'POST /v1/uploads/{id}/complete': row('401 404 409 409 409 409 409 409 401 403 409 403 403', freshUpload),
  // The address is the credential, and this one is not signed.
  'PUT /v1/uploads/{id}/content': row('404 404 404 404 404 404 404 404 404 404 404 404 404', () => ({
    query: '?signature=x',
  })),

  // Refused for its id once who asks is known: nobody here waits for the end of a stream.
  'GET /v1/events': row('401 400 400 400 400 400 400 400 401 400 403 403 403', () => ({
    query: '?lastEventId=x',
  })),
  'OPTIONS /v1/tus': row('204 204 204 204 204 204 204 204 204 204 204 204 204'),
  'POST /v1/tus': row('401 201 201 201 201 201 201 201 401 403 201 403 403', () => ({
    headers: { ...TUS, 'upload-length': '100' },
  })),
  'HEAD /v1/tus/{id}': row(CHANGE_THEIRS_200, freshTus()),
  'PATCH /v1/tus/{id}': row(CHANGE_THEIRS_204, freshTus(TUS_BODY, new Uint8Array(1))),
  'DELETE /v1/tus/{id}': row(CHANGE_THEIRS_204, freshTus()),
  'POST /v1/tus/{id}': row(CHANGE_THEIRS_204, freshTus({ 'x-http-method-override': 'DELETE' })),

  'POST /v1/archives': row('401 404 403 201 201 201 403 201 401 201 403 403 403', ({ image: { id } }) => ({
    json: { ids: [id], rendition: 'original' },
  })),
  'GET /v1/archives/{id}': row('404 404 404 404 404 404 404 404 404 404 404 404 404', () => ({
    query: '?signature=x',
  })),

  'POST /v1/images/{id}/links': row(
    '401 404 403 403 201 201 403 201 401 403 403 201 403',
    ({ image: { id } }) => ({ params: { id }, json: { target: 'original', expiresIn: 600 } }),
  ),
  'GET /v1/images/{id}/links': row(READ_THEIRS, image),
  'DELETE /v1/images/{id}/links': row('401 404 204 204 204 204 204 204 401 403 403 204 403', image),
  // Those whose tier has no links have none to revoke.
  'DELETE /v1/links/{id}': row('401 404 404 404 204 204 404 204 401 403 403 204 403', async (caller) => ({
    params: { id: await linkOf(caller) },
  })),
  'GET /l/{token}': row('404 404 404 404 404 404 404 404 404 404 404 404 404', () => ({
    params: { token: 'forged' },
  })),

  // Each is a session's own business, so nobody asks for another's here; the scopes of these keys open none.
  'GET /v1/webhooks': row(SESSION),
  'POST /v1/webhooks': row('401 201 201 201 201 201 201 201 401 403 403 403 403', () => ({
    json: { url: 'https://receiver.example/', types: ['image.ready'] },
  })),
  ...Object.fromEntries(
    [
      'GET /v1/webhooks/{id}',
      'DELETE /v1/webhooks/{id}',
      'POST /v1/webhooks/{id}/rotate-secret',
      'GET /v1/webhooks/{id}/deliveries',
      'POST /v1/webhooks/{id}/deliveries/{deliveryId}/replay',
      'POST /v1/webhooks/{id}/test',
    ].map((name) => [name, row(NO_WEBHOOK)]),
  ),
  'PATCH /v1/webhooks/{id}': row(NO_WEBHOOK, () => ({ json: { enabled: false } })),
  'POST /v1/webhooks/{id}/replay': row(NO_WEBHOOK, () => ({ json: {} })),

  'GET /v1/admin/users': row(ADMIN_READS),
  'POST /v1/admin/users': adminChanges(201, () => ({
    json: { username: `u-${randomUUID()}`, password: 'a password of some length' },
  })),
  'GET /v1/admin/users/{id}': row(ADMIN_READS, ({ owner: { id } }) => ({ params: { id } })),
  'PATCH /v1/admin/users/{id}': adminChanges(404, () => ({ json: { disabled: true } })),
  'DELETE /v1/admin/users/{id}': adminChanges(404, () => ({})),
  'GET /v1/admin/users/{id}/export': row(
    '401 403 403 403 403 403 403 200 401 403 403 403 403',
    ({ owner: { id } }) => ({ params: { id } }),
  ),
  'POST /v1/admin/users/delete': adminChanges(200, () => ({ json: { ids: [NOTHING] } })),
  // No key sets a password that somebody could sign in with.
  'POST /v1/admin/users/{id}/password': row('401 403 403 403 403 403 403 404 401 403 403 403 403', () => ({
    json: { password: 'a password of some length' },
  })),
  'GET /v1/admin/tiers': row(ADMIN_READS),
  'POST /v1/admin/tiers': adminChanges(201, () => ({ json: { name: randomUUID() } })),
  'GET /v1/admin/tiers/{id}': row(ADMIN_READS, tier),
  'PATCH /v1/admin/tiers/{id}': adminChanges(404, () => ({ json: { originalAccess: true } })),
  'POST /v1/admin/tiers/{id}/preview': adminChanges(404, () => ({ json: { originalAccess: true } })),
  'DELETE /v1/admin/tiers/{id}': adminChanges(404, () => ({})),
  'GET /v1/admin/tiers/{id}/reconcile': row(ADMIN_READS, tier),
  'GET /v1/admin/images': row(ADMIN_READS),
  'GET /v1/admin/images/{id}': row(ADMIN_READS, image),
  'PATCH /v1/admin/images/{id}': adminChanges(404, ({ owner: { id } }) => ({ json: { owner: id } })),
  'DELETE /v1/admin/images/{id}': adminChanges(404, () => ({})),
  'POST /v1/admin/images/{id}/retry': adminChanges(409, image),
  'POST /v1/admin/images/retry': adminChanges(202, () => ({ json: { ids: [NOTHING] } })),
  'GET /v1/admin/links': row(ADMIN_READS),
  'DELETE /v1/admin/links/{id}': adminChanges(404, () => ({})),
  'GET /v1/admin/audit': row(ADMIN_READS),
  'GET /v1/admin/stats': row(ADMIN_READS),
  'GET /v1/admin/verifications': row(ADMIN_READS),
  // A worker may not be through with one when the next is asked for, so nothing is asked that would begin one.
  'POST /v1/admin/verifications': adminChanges(400, () => ({ json: { repair: 'yes' } })),
  'GET /v1/admin/verifications/{id}': row(ADMIN_READS.replaceAll('200', '404')),
  'GET /v1/admin/verifications/{id}/findings': row(ADMIN_READS.replaceAll('200', '404')),
  'DELETE /v1/admin/verifications/{id}': adminChanges(404, () => ({})),

  // Last, as it ends every session of whoever calls.
  'POST /v1/auth/logout-all': row(SESSION_204),
}

function tier(_: Caller, { customTierId }: World) {
  return { params: { id: customTierId } }
}

async function freshUpload({ owner, canAct }: Caller, { bytes }: World) {
  if (!canAct) return {}
  const body = { filename: 'a.jpg', bytes: bytes.length, contentType: 'image/jpeg' }
  const { id } = (await owner.client.post<{ id: string }>('/v1/uploads', body)).body
  return { params: { id } }
}

/** A request to a new resumable upload of the owner's. */
function freshTus(headers: Record<string, string> = {}, body?: Uint8Array<ArrayBuffer>) {
  return async ({ owner, canAct }: Caller) => {
    const asked = { headers: { ...TUS, ...headers }, ...(body === undefined ? {} : { body }) }
    if (!canAct) return asked
    const made = await owner.client.request('POST', '/v1/tus', {
      headers: { ...TUS, 'upload-length': '100' },
    })
    return { ...asked, params: { id: made.headers.get('location')?.split('/').at(-1) ?? NOTHING } }
  }
}

/** A new link to the owner's image, or an id of nothing where their tier has none. */
async function linkOf({ owner, image, canAct }: Caller): Promise<string> {
  if (!canAct || image.linksUrl === undefined) return NOTHING
  const made = await owner.client.post<{ id: string }>(`/v1/images/${image.id}/links`, { target: 'original' })
  return made.body.id
}
