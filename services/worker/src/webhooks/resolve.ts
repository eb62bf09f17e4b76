import { lookup, Resolver } from 'node:dns/promises'

export interface ResolverOptions {
  /** Asks name servers, for one kind of address each. */
  ask?: (hostname: string) => Promise<string[]>[]
  /** As the whole system does, `/etc/hosts` included: it takes one of the process's few threads until it is answered. */
  lookUp?: (hostname: string) => Promise<string[]>
}

const TIMEOUT_MS = 2000
const TRIES = 2
/** Its names are the system's to know (RFC 6761 §6.3). */
const LOCAL = /(^|\.)localhost\.?$/i

/**
 * The addresses of a name, none where it has none. Name servers are asked
 * without a thread: one of a stranger's that never answers would hold up every
 * other delivery, and all else that waits for a thread. The system is asked of
 * what they do not know; where they are silent it would wait for them as well.
 */
export function createResolver({
  ask = askServers(),
  lookUp = lookUpBySystem,
}: ResolverOptions = {}): (hostname: string) => Promise<string[]> {
  return async (hostname) => {
    if (!LOCAL.test(hostname)) {
      const answers = await Promise.allSettled(ask(hostname))
      const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
      if (addresses.length > 0 || answers.some(isSilence)) return addresses
    }
    return lookUp(hostname).catch(() => [])
  }
}

function askServers() {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
  return (hostname: string) => [resolver.resolve4(hostname), resolver.resolve6(hostname)]
}

async function lookUpBySystem(hostname: string): Promise<string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address)
}

function isSilence(answer: PromiseSettledResult<string[]>): boolean {
  return answer.status === 'rejected' && (answer.reason as NodeJS.ErrnoException).code === 'ETIMEOUT'
}
