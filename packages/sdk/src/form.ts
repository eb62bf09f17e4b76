import { randomKey } from './random-key.ts'

/**
 * A picture and its title as the form that uploads are (RFC 7578). It is a Blob and no FormData: when a file
 * is changed while it is sent, Node.js fails the request of the one, and ends the process for the other.
 */
export function encodeForm(
  file: Blob,
  { filename, title }: { filename: string; title: string | undefined },
): { body: Blob; contentType: string } {
  const boundary = `tintype-${randomKey()}`
  const part = `--${boundary}\r\nContent-Disposition: form-data; name=`
  const type = file.type || 'application/octet-stream'
  const parts = [
    ...(title === undefined ? [] : [`${part}"title"\r\n\r\n${title}\r\n`]),
    `${part}"file"; filename="${escapeName(filename)}"\r\nContent-Type: ${type}\r\n\r\n`,
    file,
    `\r\n--${boundary}--\r\n`,
  ]
  return { body: new Blob(parts), contentType: `multipart/form-data; boundary=${boundary}` }
}

/** As browsers do it (HTML §4.10.21.8). */
function escapeName(name: string): string {
  return name.replaceAll(/["\r\n]/g, encodeURIComponent)
}
