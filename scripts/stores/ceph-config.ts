export interface CephConfig {
  dir: string
  fsid: string
  /** The monitor's two ports: of protocol v2 and v1. */
  monitorPorts: { v2: number; v1: number }
  /** Where S3 is served on 127.0.0.1. */
  port: number
}

const MEMORY_BYTES = 8 * 1024 ** 3

export function monitorAddress({ v2, v1 }: CephConfig['monitorPorts']): string {
  return `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`
}

/**
 * The smallest Ceph there is: one monitor, one storage daemon that keeps its
 * objects in memory, no replicas and no authentication between the daemons.
 */
export function cephConfig({ dir, fsid, monitorPorts, port }: CephConfig): string {
  return section('global', {
    fsid,
    'mon host': monitorAddress(monitorPorts),
    'public addr': '127.0.0.1',
    'cluster addr': '127.0.0.1',
    'auth cluster required': 'none',
    'auth service required': 'none',
    'auth client required': 'none',
    'ms mon client mode': 'crc',
    'osd objectstore': 'memstore',
    'memstore device bytes': MEMORY_BYTES,
    'osd pool default size': 1,
    'osd pool default min size': 1,
    'osd pool default pg num': 8,
    'osd crush chooseleaf type': 0,
    'mon allow pool size one': true,
    'mon warn on pool no redundancy': false,
    // Each pool that is made waits for a round of the monitor: a second, by default.
    'paxos propose interval': 0.05,
    'paxos min wait': 0.01,
    // Read leases last as long as this: on a machine that stalls for longer, requests would hang for ever.
    'osd heartbeat grace': 86_400,
    // A developer's disk that is nearly full must not stop the monitor.
    'mon data avail crit': 1,
    'mon data': `${dir}/mon`,
    'osd data': `${dir}/osd`,
    'run dir': dir,
    'admin socket': '""',
    'log file': '""',
    'log to stderr': true,
  }).concat(
    section('client.rgw', {
      'rgw frontends': `beast endpoint=127.0.0.1:${port}`,
      'rgw data': `${dir}/rgw`,
      'debug rgw': 0,
    }),
  )
}

function section(name: string, values: Record<string, string | number | boolean>): string {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${value}`)
  return [`[${name}]`, ...lines, ''].join('\n')
}
