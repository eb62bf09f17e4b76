/** Multipart bodies written out by hand, so that they can be wrong. */

export const BOUNDARY = 'tintype-test-boundary'
export const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`

export interface Part {
  /** `Content-Disposition` after `form-data; `, in bytes as they are sent. */
  disposition: string
  /** Further header lines. */
  headers?: string[]
  body: Uint8Array | string
}

export function filePart(filename: string, body: Uint8Array | string): Part {
  return { disposition: `name="file"; filename="${filename}"`, headers: ['Content-Type: image/jpeg'], body }
}

export function fieldPart(name: string, value: string): Part {
  return { disposition: `name="${name}"`, body: value }
}

/** The parts, each begun by the boundary. */
export function openMultipart(parts: Part[]): Buffer {
  return Buffer.concat(
    parts.flatMap(({ disposition, headers = [], body }) => [
      Buffer.from(
        [`--${BOUNDARY}`, `Content-Disposition: form-data; ${disposition}`, ...headers, '', ''].join('\r\n'),
      ),
      Buffer.from(body as Uint8Array),
      Buffer.from('\r\n'),
    ]),
  )
}

/** A whole body, with the boundary that closes it. */
export function multipart(parts: Part[]): Buffer {
  return Buffer.concat([openMultipart(parts), Buffer.from(`--${BOUNDARY}--\r\n`)])
}
