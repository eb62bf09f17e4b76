import {
  createSession,
  type Database,
  endAllSessions,
  endSession,
  findCredentials,
  findUser,
  rotateSession,
  type SessionTicket,
  type User,
} from '@tintype/database'
import { verifyPassword } from '@tintype/service-kit'
import type { RefreshTokens } from './refresh-token.ts'

/** A session nobody refreshes ends after this long. */
const SESSION_SECONDS = 30 * 24 * 3600
/** How long an already exchanged refresh token still gets the same successor: two tabs, or an answer lost on the way. */
const GRACE_SECONDS = 30

export interface SessionsDependencies {
  database: Database
  refreshTokens: RefreshTokens
  mintAccessToken(ticket: SessionTicket): string
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

/** Signs a user in. A wrong password, an unknown name and a disabled user look and take the same: undefined. */
export async function signIn(dependencies: SessionsDependencies, login: Login): Promise<Tokens | undefined> {
  const { database } = dependencies
  const known = await findCredentials(database, login.username)
  const right = await verifyPassword(login.password, known?.passwordHash)
  if (!right || known === undefined) return undefined
  const ticket = await createSession(database, {
    userId: known.user.id,
    lifeSeconds: SESSION_SECONDS,
    userAgent: login.userAgent,
    address: login.address,
  })
  return ticket === undefined ? undefined : issue(dependencies, ticket, known.user)
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

/** Ends one session, or all of the user's. Acts at the next request anywhere. */
export async function signOut({ database }: SessionsDependencies, sessionId: string): Promise<void> {
  await endSession(database, sessionId)
}

export async function signOutEverywhere({ database }: SessionsDependencies, userId: string): Promise<void> {
  await endAllSessions(database, userId)
}

function issue(
  { refreshTokens, mintAccessToken }: SessionsDependencies,
  ticket: SessionTicket,
  user: User,
): Tokens {
  return { accessToken: mintAccessToken(ticket), refreshToken: refreshTokens.mint(ticket), user }
}
