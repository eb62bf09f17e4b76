import { Type } from 'typebox'
import { UserSchema } from '../me/schemas.ts'

/** A password is hashed as a whole, so its length is bounded before that. */
export const PasswordSchema = Type.String({ minLength: 1, maxLength: 128 })

export const LoginBody = Type.Object(
  {
    // PostgreSQL's text knows no NUL.
    username: Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\0]*$' }),
    password: PasswordSchema,
    cookie: Type.Optional(
      Type.Boolean({ description: 'Whether to set the tokens as HttpOnly, SameSite=Strict cookies too' }),
    ),
  },
  { additionalProperties: false },
)

/** No body at all is the refresh of a browser, whose token is in a cookie. */
export const RefreshBody = Type.Unsafe<{ refreshToken?: string } | null>({
  type: ['object', 'null'],
  properties: { refreshToken: Type.String({ minLength: 1, maxLength: 256 }) },
  additionalProperties: false,
  description: 'Left out where the token is in a cookie',
})

export const PasswordChange = Type.Object(
  { oldPassword: PasswordSchema, newPassword: PasswordSchema },
  { additionalProperties: false },
)

export const SessionListSchema = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      createdAt: Type.String({ format: 'date-time' }),
      lastUsedAt: Type.String({ format: 'date-time', description: 'When its tokens were last exchanged' }),
      expiresAt: Type.String({ format: 'date-time', description: 'Unless its tokens are exchanged before' }),
      userAgent: Type.String(),
      address: Type.String({ description: 'That it was begun from' }),
      current: Type.Boolean({ description: 'Whether it is the one that asks' }),
    }),
  ),
})

export const TokensSchema = Type.Object({
  accessToken: Type.String({ description: 'Send it as `Authorization: Bearer …`' }),
  expiresIn: Type.Integer({ description: 'Seconds until the access token must be refreshed' }),
  refreshToken: Type.String({ description: 'Good for one exchange at POST /v1/auth/refresh' }),
  user: UserSchema,
})
