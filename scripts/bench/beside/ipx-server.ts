// A service that people use today: it resizes on request, and keeps nothing (github.com/unjs/ipx).

import { createServer, type RequestListener } from 'node:http'
import { pathToFileURL } from 'node:url'

/** What is used of it: it is installed for its bench alone. */
interface Ipx {
  createIPX(options: { storage: unknown }): unknown
  ipxFSStorage(options: { dir: string }): unknown
  createIPXNodeServer(ipx: unknown): RequestListener
}

const { IPX_ENTRY = '', PICTURES = '', PORT = '' } = process.env
const { createIPX, ipxFSStorage, createIPXNodeServer }: Ipx = await import(pathToFileURL(IPX_ENTRY).href)
const ipx = createIPX({ storage: ipxFSStorage({ dir: PICTURES }) })
createServer(createIPXNodeServer(ipx)).listen(Number(PORT), '127.0.0.1')
