import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../environment.ts'
import { pick, pickText } from '../json-value.ts'
import { startChild } from '../stores/child.ts'

/** What is known against a package that runs in production. */
export interface Advisory {
  package: string
  severity: string
  title: string
  url: string
}

/** `unanswered`: no registry said anything, for good or ill. */
export type AuditOutcome =
  | { outcome: 'audited'; packages: number; advisories: Advisory[] }
  | { outcome: 'unanswered'; reason: string }

/** Longer than a registry takes, and than one that is not there is tried. */
const TIMEOUT_MS = 120_000
/** Members of the workspace that are part of no product. */
const TEST_CODE = /^packages__testkit>/

/**
 * Asks the registry what it knows against the locked dependencies that run in
 * production, from `high` on. What is accepted in spite of it, with a reason, is
 * named under `auditConfig.ignoreGhsas` in `pnpm-workspace.yaml`.
 *
 * @param registry in place of the one that is configured.
 */
export async function auditDependencies(runDir: string, registry?: string): Promise<AuditOutcome> {
  const manager = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).packageManager.split('+')[0]
  const said = { stdout: [] as string[], stderr: [] as string[] }
  const child = await startChild({
    name: 'audit',
    command: 'npx',
    args: [
      ...['-y', manager, 'audit', '--prod', '--audit-level', 'high', '--json', '--config.fetch-retries=0'],
      ...(registry === undefined ? [] : ['--registry', registry]),
    ],
    // What npx becomes.
    marker: 'audit',
    cwd: ROOT,
    runDir,
    output: { onLine: (line, stream) => said[stream].push(line) },
  })
  const timer = setTimeout(() => void child.kill(), TIMEOUT_MS)
  await child.exited
  clearTimeout(timer)
  return readAudit(said.stdout.join('\n'), said.stderr.join('\n'))
}

/** What `pnpm audit --json` said. */
export function readAudit(stdout: string, stderr: string): AuditOutcome {
  const report = parse(stdout)
  const packages = pick(report, 'metadata', 'totalDependencies')
  if (typeof packages !== 'number') {
    // Drawn for a terminal: frames, and lines that are broken anywhere.
    const words = stderr.replace(/[│×├╰─▶\s]+/g, ' ').trim()
    return { outcome: 'unanswered', reason: words === '' ? 'it did not end in time' : words }
  }
  const advisories = Object.values(pick(report, 'advisories') ?? {})
    .filter((advisory) => !isOfTestsAlone(advisory))
    .map((advisory) => ({
      package: pickText(advisory, 'module_name') ?? 'a package',
      severity: pickText(advisory, 'severity') ?? 'unknown',
      title: pickText(advisory, 'title') ?? '',
      url: pickText(advisory, 'url') ?? '',
    }))
  return { outcome: 'audited', packages, advisories }
}

/** Whether every way to the package begins in code that is part of no product. */
function isOfTestsAlone(advisory: unknown): boolean {
  const findings = pick(advisory, 'findings')
  const paths = Array.isArray(findings) ? findings.flatMap((one): unknown => pick(one, 'paths')) : []
  return paths.length > 0 && paths.every((path) => TEST_CODE.test(String(path)))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // nothing that a registry said
  }
}
