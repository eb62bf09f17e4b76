import { TIER_DEFAULTS, TIER_LIMITS, type TierGrants } from '@tintype/domain'
import { type Client, createUser } from '@tintype/testkit'
import { createPerson, type Person } from './ledger.ts'

/** One height, originals, links, and no limit that a steady load would meet. */
const GRANTS: TierGrants = {
  ...TIER_DEFAULTS,
  originalAccess: true,
  linkAccess: true,
  linkMinSeconds: 60,
  quotaBytes: Number.MAX_SAFE_INTEGER,
  quotaImages: 2_000_000_000,
  readsPerMinute: TIER_LIMITS.perMinute,
  uploadsPerMinute: TIER_LIMITS.perMinute,
  linksPerMinute: TIER_LIMITS.perMinute,
}

/** People with API keys, which outlast a long run. */
export async function createPeople(
  admin: Client,
  count: number,
  grants: Partial<TierGrants> = {},
): Promise<Person[]> {
  const tier = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: `Load ${Date.now()}`,
    ...GRANTS,
    ...grants,
  })
  if (tier.status !== 201) throw new Error(`a tier was answered with ${tier.status}: ${tier.bytes}`)
  const people: Person[] = []
  for (let made = 0; made < count; made += 1) {
    const user = await createUser(admin, { tier: tier.body.id })
    const scopes = ['images:read', 'images:write', 'links:write']
    const key = await user.client.post<{ key: string }>('/v1/api-keys', { name: 'load', scopes })
    if (key.status !== 201) throw new Error(`a key was answered with ${key.status}: ${key.bytes}`)
    people.push(createPerson(user.id, key.body.key))
  }
  return people
}
