import {
  createSession,
  type Database,
  findCredentials,
  findUser,
  hasSignedInFrom,
  rotateSession,
  type SessionTicket,
  type User,
} from '@tintype/database'
import { verifyPassword } from '@tintype/service-kit'
import type { LimitedOutcome, LoginLimit } from './login-limit.ts'
import type { RefreshTokens } from './refresh-token.ts'

/** A session nobody refreshes ends after this long. */
export const SESSION_SECONDS = 30 * 24 * 3600
/** How long an already exchanged refresh token still gets the same successor: two tabs, or an answer lost on the way. */
const GRACE_SECONDS = 30

export interface SessionsDependencies {
  database: Database
  refreshTokens: RefreshTokens
  mintAccessToken(ticket: SessionTicket): string
  loginLimit: LoginLimit
}

export interface Tokens {
  accessToken: string
  refreshToken: string
  user: User
}

export interface Login {
  username: string
  password: string
  userAgent: string
  address: string
}

/**
 * Signs a user in. A wrong password, an unknown name and a disabled user look,
 * take and count the same: undefined.
 */
export async function signIn(
  dependencies: SessionsDependencies,
  login: Login,
): Promise<LimitedOutcome<Tokens | undefined>> {
  const { database, loginLimit } = dependencies
  const { username, password, userAgent, address } = login
  const known = await findCredentials(database, username)
  // By its id, however its name was spelt.
  const account = known?.user.id ?? username
  const isFamiliar = async () => known !== undefined && hasSignedInFrom(database, known.user.id, address)
  return loginLimit({ account, address, isFamiliar }, async () => {
    const right = await verifyPassword(password, known?.passwordHash)
    if (!right || known === undefined) return undefined
    const ticket = await createSession(database, {
      userId: known.user.id,
      lifeSeconds: SESSION_SECONDS,
      userAgent,
      address,
      passwordHash: known.passwordHash,
    })
    return ticket === undefined ? undefined : issue(dependencies, ticket, known.user)
  })
}

/** Exchanges a refresh token for new tokens, or answers undefined when its session is over. */
export async function refresh(
  dependencies: SessionsDependencies,
  token: string,
): Promise<Tokens | undefined> {
  const presented = dependencies.refreshTokens.read(token)
  if (presented === undefined) return undefined
  const rotation = await rotateSession(dependencies.database, presented, {
    graceSeconds: GRACE_SECONDS,
    lifeSeconds: SESSION_SECONDS,
  })
  if (rotation.outcome !== 'rotated') return undefined
  const user = await findUser(dependencies.database, rotation.ticket.userId)
  return user === undefined ? undefined : issue(dependencies, rotation.ticket, user)
}

function issue(
  { refreshTokens, mintAccessToken }: SessionsDependencies,
  ticket: SessionTicket,
  user: User,
): Tokens {
  return { accessToken: mintAccessToken(ticket), refreshToken: refreshTokens.mint(ticket), user }
}
