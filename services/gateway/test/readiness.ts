import { type Answer, type Client, poll } from '@tintype/testkit'

export interface Readiness {
  status: 'ready' | 'degraded' | 'unavailable'
  dependencies: Record<string, 'ok' | 'unavailable'>
}

/** The answer of `/readyz` once it says so: what the stores said is given out for a second. */
export function readiness(client: Client, status: Readiness['status']): Promise<Answer<Readiness>> {
  return poll(
    async () => {
      const answer = await client.get<Readiness>('/readyz')
      return answer.body.status === status && answer
    },
    { waitingFor: `/readyz to say ${status}` },
  )
}
