import { BlockList, isIP } from 'node:net'

/**
 * What is not the internet's (IANA's special-purpose registries for IPv4, RFC
 * 6890): this host, private networks, carriers' NAT (100.64/10, with a cloud's
 * metadata at 100.100.100.200), loopback, link-local (169.254.169.254 is other
 * clouds'), documentation, benchmarks, multicast, reserved and broadcast.
 */
const CLOSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // A cloud's metadata and agents at what looks like any address.
  '168.63.129.16/32',
]
/**
 * Of IPv6 only this is the internet's: outside are loopback, mapped IPv4, NAT64
 * (64:ff9b::/96, 64:ff9b:1::/48), unique local (fd00:ec2::254 is a cloud's
 * metadata), link-local and multicast.
 */
const GLOBAL_V6 = ['2000::/3']
/** And of that not: protocols' own, Teredo and benchmarks among them, 6to4, and documentation. */
const CLOSED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

/** Whether this product may connect to an address that somebody chose. */
export type AddressGuard = (address: string) => boolean

/** @param allowed networks that are let through though they are not the internet's. */
export function createAddressGuard(allowed: BlockList = new BlockList()): AddressGuard {
  const closed = listOf([...CLOSED_V4, ...CLOSED_V6])
  const global = listOf(GLOBAL_V6)
  return (address) => {
    const version = isIP(address)
    // One with a zone (fe80::1%eth0) is of a network at hand.
    if (version === 0 || address.includes('%')) return false
    const family = version === 4 ? 'ipv4' : 'ipv6'
    if (allowed.check(address, family)) return true
    return !closed.check(address, family) && (version === 4 || global.check(address, family))
  }
}

/** The address that a URL names in place of a host, however it is written: `new URL` reads decimal and octal forms. */
export function literalAddress({ hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '')
  return isIP(host) === 0 ? undefined : host
}

/** @throws Error whose message completes the sentence «NAME …». */
export function parseNetworks(value: string): BlockList {
  return listOf(value.split(',').map((entry) => entry.trim()))
}

function listOf(networks: string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [, address = '', bits] = /^([^/%]+)\/(\d{1,3})$/.exec(network) ?? []
    const version = isIP(address)
    if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) {
      throw new Error('must be networks like 10.20.0.0/16 or fd12:3456::/32, separated by commas')
    }
    list.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}
