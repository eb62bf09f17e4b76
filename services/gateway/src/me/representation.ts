import type { User } from '@tintype/database'
import type { Static } from 'typebox'
import type { UserSchema } from './schemas.ts'

/** A user as the API shows them, to themselves and to administrators. */
export function representUser(user: User): Static<typeof UserSchema> {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    role: user.role,
    disabled: user.disabledAt !== null,
    createdAt: user.createdAt.toISOString(),
    tier: user.tier,
    usage: {
      bytes: user.usedBytes,
      quotaBytes: user.tier.quotaBytes,
      images: user.usedImages,
      quotaImages: user.tier.quotaImages,
    },
  }
}
