import type { ImageState } from '@tintype/domain'

/** An HTTP answer, read to its end. `body` is the parsed JSON, or undefined where it is none; its type is the caller's claim. */
export interface Answer<Body> {
  status: number
  headers: Headers
  body: Body
  bytes: Buffer
}

export interface ImageBody {
  id: string
  title: string
  filename: string
  format: string
  width: number
  height: number
  bytes: number
  sha256: string
  state: ImageState
  error?: { code: string; message: string }
  thumbhash?: string
  uploadedAt: string
  owner: { id: string; href: string }
  thumbnails: Record<string, RenditionBody>
  conversions?: Record<string, RenditionBody>
  original?: { url: string }
  linksUrl?: string
}

export interface RenditionBody {
  url: string
  state: string
  width?: number
  height?: number
  format?: string
  bytes?: number
}

export interface ProblemBody {
  statusCode: number
  code: string
  error: string
  message: string
  details?: unknown
}

export interface UploadBody {
  items: { filename: string; status: 'accepted' | 'rejected'; image?: ImageBody; error?: ProblemBody }[]
}
