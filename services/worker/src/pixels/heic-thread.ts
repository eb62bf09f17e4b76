import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import libheif from 'libheif-js/wasm-bundle.js'
import { badInput } from './bad-input.ts'
import type { HeicRequest, HeicResult } from './heic.ts'
import type { BadInput } from './messages.ts'

/**
 * Decodes one HEIC file and ends (see `heic.ts`). Nothing is freed on the way:
 * WebAssembly memory never shrinks, so all of it goes with the thread.
 */

/** `struct heif_error` (heif.h): two enums and a pointer, 4 bytes each in 32-bit WebAssembly. */
const ERROR_STRUCT_BYTES = 12

type Failure = ReturnType<typeof libheif.heif_context_read_from_memory>
type Handle = Exclude<ReturnType<typeof libheif.heif_js_context_get_primary_image_handle>, Failure>

function refusal({ code, subcode, message }: Failure): BadInput {
  const { heif_error_code: codes, heif_suberror_code: subcodes } = libheif
  if (code === codes.heif_error_Memory_allocation_error) {
    if (subcode === subcodes.heif_suberror_Security_limit_exceeded)
      return badInput('TT_IMAGE_TOO_LARGE', message)
    // It says the same of a picture that is to have no pixels, and there the file is to blame.
    if (subcode === subcodes.heif_suberror_Invalid_image_size) return badInput('TT_IMAGE_CORRUPT', message)
    throw new Error(`libheif: ${message}`)
  }
  const unsupported =
    code === codes.heif_error_Unsupported_filetype || code === codes.heif_error_Unsupported_feature
  return badInput(unsupported ? 'TT_IMAGE_UNSUPPORTED' : 'TT_IMAGE_CORRUPT', message)
}

function profileOf(handle: Handle): Uint8Array<ArrayBuffer> | undefined {
  const { ptr } = handle.$$
  const bytes = libheif._heif_image_handle_get_raw_color_profile_size(ptr)
  if (bytes === 0) return undefined
  const profile = libheif._malloc(bytes)
  libheif._heif_image_handle_get_raw_color_profile(libheif._malloc(ERROR_STRUCT_BYTES), ptr, profile)
  return Uint8Array.from(libheif.HEAPU8.subarray(profile, profile + bytes))
}

function decode({ path, maxPixels }: HeicRequest): HeicResult {
  const context = libheif.heif_context_alloc()
  const read = libheif.heif_context_read_from_memory(context, readFileSync(path))
  if (read.code !== libheif.heif_error_code.heif_error_Ok) return refusal(read)
  const handle = libheif.heif_js_context_get_primary_image_handle(context)
  if (handle.code !== undefined) return refusal(handle)

  // Both after the file's own rotations and mirrorings, which libheif applies.
  const width = libheif.heif_image_handle_get_width(handle)
  const height = libheif.heif_image_handle_get_height(handle)
  if (width * height > maxPixels) {
    return badInput('TT_IMAGE_TOO_LARGE', `HEIC of ${width} × ${height} px exceeds the pixel limit`)
  }

  const decoded = libheif.heif_js_decode_image2(
    handle,
    libheif.heif_colorspace.heif_colorspace_RGB,
    libheif.heif_chroma.heif_chroma_interleaved_RGBA,
  )
  if (decoded.code !== undefined) return refusal(decoded)
  const channel = decoded.channels.find(({ id }) => id === libheif.heif_channel.heif_channel_interleaved)
  if (channel === undefined || channel.width !== width || channel.height !== height) {
    return badInput('TT_IMAGE_CORRUPT', 'HEIC decodes to another size than its header gives')
  }
  const rowBytes = width * 4
  const rgba = new Uint8Array(rowBytes * height)
  for (let row = 0; row < height; row += 1) {
    rgba.set(channel.data.subarray(row * channel.stride, row * channel.stride + rowBytes), row * rowBytes)
  }
  const premultiplied = libheif.heif_image_handle_is_premultiplied_alpha(handle) !== 0
  return { outcome: 'decoded', width, height, rgba, premultiplied, profile: profileOf(handle) }
}

const result = decode(workerData)
parentPort?.postMessage(result, result.outcome === 'decoded' ? [result.rgba.buffer] : [])
