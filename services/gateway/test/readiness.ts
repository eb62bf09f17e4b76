import { type Answer, type Client, poll } from '@tintype/testkit'

export interface Readiness {
  status: 'ready' | 'degraded' | 'unavailable'
  dependencies: Record<string, 'ok' | 'unavailable'>
}

/**
 * The answer of `/readyz` once it says so, and names `away` where that is given:
 * what the stores said is given out for a second.
 */
export function readiness(
  client: Client,
  status: Readiness['status'],
  away?: string,
): Promise<Answer<Readiness>> {
  return poll(
    async () => {
      const answer = await client.get<Readiness>('/readyz')
      const named = away === undefined || answer.body.dependencies[away] === 'unavailable'
      return answer.body.status === status && named && answer
    },
    { waitingFor: `/readyz to say ${status}` },
  )
}
