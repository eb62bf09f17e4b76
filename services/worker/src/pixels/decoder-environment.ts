/** What Node, the store's client and the temporary folder go by. */
const PASSED_ON = [
  'HOME',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'LD_LIBRARY_PATH',
  'NODE_ENV',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_USE_ENV_PROXY',
  'NO_PROXY',
  'PATH',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'STORE_URL',
  'TEMP',
  'TMP',
  'TMPDIR',
  'TZ',
]

/**
 * The environment that a decoder child may see: `STORE_URL`, what the S3
 * client's own credential chain reads, and what Node needs. A decoder that a
 * picture has taken over finds no database and no signing keys there.
 */
export function decoderEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && (entry[0].startsWith('AWS_') || PASSED_ON.includes(entry[0].toUpperCase())),
    ),
  )
}
