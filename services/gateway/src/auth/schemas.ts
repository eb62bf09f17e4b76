import { Type } from 'typebox'
import { UserSchema } from '../me/schemas.ts'

/** A password is hashed as a whole, so its length is bounded before that. */
export const PasswordSchema = Type.String({ minLength: 1, maxLength: 128 })

export const LoginBody = Type.Object(
  {
    // PostgreSQL's text knows no NUL.
    username: Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\0]*$' }),
    password: PasswordSchema,
  },
  { additionalProperties: false },
)

export const RefreshBody = Type.Object(
  { refreshToken: Type.String({ minLength: 1, maxLength: 256 }) },
  { additionalProperties: false },
)

export const TokensSchema = Type.Object({
  accessToken: Type.String({ description: 'Send it as `Authorization: Bearer …`' }),
  expiresIn: Type.Integer({ description: 'Seconds until the access token must be refreshed' }),
  refreshToken: Type.String({ description: 'Good for one exchange at POST /v1/auth/refresh' }),
  user: UserSchema,
})
