import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

/** The machine that figures belong to, in one line. */
export function describeMachine(): string {
  const cores = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`
  return `${cores}, ${memory}, ${type()} ${release()}, Node ${process.versions.node}; load, stores and services share the cores`
}
