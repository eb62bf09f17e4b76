import { extname } from 'node:path'

/** The `NODE_OPTIONS` that load `crashing-decoder.ts`, which says how to use them. */
export function crashingDecoderOptions(): string {
  return `--import=${new URL(`./crashing-decoder${extname(import.meta.filename)}`, import.meta.url)}`
}
