import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { auditDependencies, readAudit } from '../../check/audit.ts'
import { scratchFolder } from '../scratch.ts'

/** As pnpm says it. */
const report = (...paths: string[]) =>
  JSON.stringify({
    advisories: {
      1: {
        findings: [{ version: '1.0.0', paths }],
        title: 'It opens',
        module_name: 'door',
        severity: 'high',
        url: 'https://advisories.example/1',
      },
    },
    metadata: { totalDependencies: 730 },
  })

t.test('what is known against a dependency, unless tests alone have it', async (t) => {
  const known = [
    { package: 'door', severity: 'high', title: 'It opens', url: 'https://advisories.example/1' },
  ]
  const advisories = (...paths: string[]) => readAudit(report(...paths), '')
  t.match(advisories('services__gateway>door'), { outcome: 'audited', packages: 730, advisories: known })
  t.match(advisories('packages__testkit>house>door', 'scripts>door'), { advisories: known })
  t.match(advisories(), { advisories: known })
  t.strictSame(advisories('packages__testkit>house>door'), {
    outcome: 'audited',
    packages: 730,
    advisories: [],
  })
})

t.test('a registry that answers nothing of use, or is not there', async (t) => {
  const framed = 'Error: BAD_RESPONSE\n\n  × The audit endpoint\n  │ responded with 405:\n'
  t.strictSame(readAudit('', framed), {
    outcome: 'unanswered',
    reason: 'Error: BAD_RESPONSE The audit endpoint responded with 405:',
  })
  t.match(readAudit('{"error":{"code":"ENOAUDIT"}}', ''), { outcome: 'unanswered', reason: /in time/ })
})

t.test('the locked dependencies are what is asked about', async (t) => {
  const asked: string[] = []
  const registry = createServer(async (request, response) => {
    const chunks = await request.toArray()
    const versions = JSON.parse(Buffer.concat(chunks).toString())
    asked.push(...Object.keys(versions))
    const advisory = { id: 1, title: 'It opens', severity: 'critical', vulnerable_versions: '*' }
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ fastify: [{ ...advisory, url: 'https://advisories.example/1', cwe: [] }] }))
  })
  registry.listen(0, '127.0.0.1')
  await once(registry, 'listening')
  t.teardown(() => registry.close())
  const { port } = registry.address() as AddressInfo
  const found = await auditDependencies(scratchFolder(t), `http://127.0.0.1:${port}`)
  t.match(found, { outcome: 'audited', advisories: [{ package: 'fastify', severity: 'critical' }] })
  t.ok(asked.includes('sharp'))
  t.notOk(asked.includes('@biomejs/biome'), 'what builds and checks is not in production')
})
