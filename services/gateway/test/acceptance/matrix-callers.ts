import {
  type Client,
  createClient,
  createUser,
  type ImageBody,
  photo,
  poll,
  type Scope,
  type Stack,
  signIn,
  type TestUser,
} from '@tintype/testkit'
import { type AnswerRecord, recordAnswers } from '../answer-record.ts'
import { sharedStack } from './stack.ts'

/**
 * Who calls. The stranger asks for what is a Basic user's, and so does nobody;
 * each key is an Enterprise user's of one scope, but for the last, which is an
 * administrator's of the scope `admin`.
 */
export const CALLERS = [
  'anonymous',
  'stranger',
  'Basic',
  'Premium',
  'Enterprise',
  'custom',
  'auditor',
  'admin',
  'disabled',
  'images:read',
  'images:write',
  'links:write',
  'admin key',
] as const
export type CallerName = (typeof CALLERS)[number]

export interface Caller {
  client: Client
  /** Signs in once more, as the same user; what is no session stays what it is. */
  again(): Promise<Client>
  /** Whose things are asked for. */
  owner: TestUser
  /** Whether the owner can still make things. */
  canAct: boolean
  /** An image of the owner's, with all that their tier grants made. */
  image: ImageBody
  /** The id of one more of the owner's. */
  fresh(): Promise<string>
}

export interface World {
  stack: Stack
  answers: AnswerRecord
  bytes: Buffer
  /** An upload of `bytes`. */
  formOf(): FormData
  customTierId: string
  callers: Record<CallerName, Caller>
}

/** Like no tier that is built in. */
const CUSTOM = {
  name: 'custom',
  thumbnailHeights: [64],
  originalAccess: true,
  conversionFormats: ['webp'],
  linkAccess: true,
}

export async function createWorld(t: Scope): Promise<World> {
  const stack = await sharedStack()
  const answers = recordAnswers(t, stack.url)
  const admin = await stack.signInAsAdmin()
  const bytes = await photo({ width: 90, height: 60 })
  const { id: customTierId } = (await admin.post<{ id: string }>('/v1/admin/tiers', CUSTOM)).body

  const users = {
    Basic: await createUser(admin, { tier: 'Basic' }),
    Premium: await createUser(admin, { tier: 'Premium' }),
    Enterprise: await createUser(admin, { tier: 'Enterprise' }),
    custom: await createUser(admin, { tier: 'custom' }),
    auditor: await createUser(admin, { tier: 'Basic', role: 'auditor' }),
    admin: await createUser(admin, { tier: 'Enterprise', role: 'admin' }),
    disabled: await createUser(admin, { tier: 'Enterprise' }),
  }
  const stranger = await createUser(admin, { tier: 'Enterprise' })

  const images = new Map<string, ImageBody>()
  for (const { id, client } of Object.values(users)) images.set(id, await readyImage(client))
  await admin.patch(`/v1/admin/users/${users.disabled.id}`, { disabled: true })

  function callerOf(owner: TestUser, client = owner.client, again = () => signIn(stack.url, owner)): Caller {
    const image = images.get(owner.id)
    if (image === undefined) throw new Error('an owner without an image')
    const canAct = owner !== users.disabled
    return {
      ...{ client, again, owner, canAct, image },
      fresh: async () =>
        canAct ? (await owner.client.uploadOne({ filename: 'a.jpg', bytes })).id : image.id,
    }
  }
  async function keyOf(owner: TestUser, scope: string): Promise<Caller> {
    const made = await owner.client.post<{ key: string }>('/v1/api-keys', { name: scope, scopes: [scope] })
    const client = createClient(stack.url, made.body.key)
    return callerOf(owner, client, async () => client)
  }

  const nobody = createClient(stack.url)
  const callers = {
    anonymous: callerOf(users.Basic, nobody, async () => nobody),
    stranger: callerOf(users.Basic, stranger.client, () => signIn(stack.url, stranger)),
    Basic: callerOf(users.Basic),
    Premium: callerOf(users.Premium),
    Enterprise: callerOf(users.Enterprise),
    custom: callerOf(users.custom),
    auditor: callerOf(users.auditor),
    admin: callerOf(users.admin),
    disabled: callerOf(users.disabled, users.disabled.client, async () => users.disabled.client),
    'images:read': await keyOf(users.Enterprise, 'images:read'),
    'images:write': await keyOf(users.Enterprise, 'images:write'),
    'links:write': await keyOf(users.Enterprise, 'links:write'),
    'admin key': await keyOf(users.admin, 'admin'),
  }

  function formOf(): FormData {
    const form = new FormData()
    form.append('file', new Blob([new Uint8Array(bytes)]), 'a.jpg')
    return form
  }
  return { stack, answers, bytes, formOf, customTierId, callers }

  async function readyImage(client: Client): Promise<ImageBody> {
    const { id } = await client.uploadOne({ filename: 'a.jpg', bytes })
    return poll(
      async () => {
        const image = await client.waitUntilSettled(id)
        const parts = [...Object.values(image.thumbnails), ...Object.values(image.conversions ?? {})]
        return parts.every(({ state }) => state === 'ready' || state === 'on-request') && image
      },
      { timeoutMs: 60_000, waitingFor: 'all that the tier grants to be made' },
    )
  }
}
