import t from 'tap'
import { createAddressGuard, literalAddress, webhookAllowNetworks } from '../src/index.ts'

/** Addresses that nobody may have this product connect to, by what they are. */
const CLOSED: Record<string, string[]> = {
  unspecified: ['0.0.0.0', '0.1.2.3', '::'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd12:3456::1', 'fc00::1', 'fec0::1'],
  'link-local': ['169.254.0.1', 'fe80::1', 'febf::1', 'fe80::1%eth0'],
  'cloud metadata': ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
  'carrier NAT': ['100.64.0.1', '100.127.255.255'],
  NAT64: ['64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::1', '64:ff9b:1:ffff::a00:1'],
  'mapped and compatible IPv4': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::127.0.0.1'],
  '6to4': ['2002:7f00:1::1', '2002:a00:1::'],
  Teredo: ['2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001::1'],
  benchmark: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  'reserved and broadcast': ['240.0.0.1', '255.255.255.255', '4000::1', '5f00::1', '100::1'],
  'no address': ['', 'localhost', '127.1', '0x7f000001', '2130706433', '127.0.0.1.'],
}
const OPEN = [
  ...['8.8.8.8', '1.1.1.1', '100.63.255.255', '100.128.0.1', '172.15.255.255', '172.32.0.1', '198.20.0.1'],
  ...['223.255.255.255', '2606:4700:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888', '2003::1'],
]

t.test('addresses that are not the internet’s are refused', async (t) => {
  const guard = createAddressGuard()
  for (const [what, addresses] of Object.entries(CLOSED)) {
    for (const address of addresses) t.equal(guard(address), false, `${what}: ${address}`)
  }
  for (const address of OPEN) t.equal(guard(address), true, address)
})

t.test('but for networks that are allowed', async (t) => {
  const guard = createAddressGuard(webhookAllowNetworks.parse('10.20.0.0/16, fd12:3456::/32,192.168.7.7/32'))
  for (const address of ['10.20.1.1', '::ffff:10.20.1.1', 'fd12:3456:1::1', '192.168.7.7', '8.8.8.8']) {
    t.equal(guard(address), true, address)
  }
  for (const address of ['10.21.0.1', '192.168.7.8', 'fd12:3457::1', '127.0.0.1']) {
    t.equal(guard(address), false, address)
  }
  for (const wrong of [
    '10.0.0.0',
    '10.0.0.0/33',
    'fd00::/129',
    'private',
    '10.0.0.0/8,',
    '10.0.0.0/8/8',
    '',
  ]) {
    t.throws(() => webhookAllowNetworks.parse(wrong), /must be networks like/, wrong)
  }
})

t.test('an address is found however a URL writes it', async (t) => {
  const ADDRESSES: Record<string, string | undefined> = {
    'http://127.0.0.1:8080/x': '127.0.0.1',
    'http://2130706433/': '127.0.0.1',
    'http://0x7f.1/': '127.0.0.1',
    'http://0177.0.0.1/': '127.0.0.1',
    'http://127.1/': '127.0.0.1',
    'http://１２７.0.0.1/': '127.0.0.1',
    'http://127.0.0.1./': '127.0.0.1',
    'https://[::1]/': '::1',
    'https://[::ffff:127.0.0.1]/': '::ffff:7f00:1',
    'https://receiver.example/': undefined,
    'https://127.0.0.1.example/': undefined,
  }
  for (const [url, address] of Object.entries(ADDRESSES)) t.equal(literalAddress(new URL(url)), address, url)
})
