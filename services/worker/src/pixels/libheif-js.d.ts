/**
 * What is used of libheif-js, which types its bundle nowhere. A name with an
 * underscore is libheif's C function (heif.h) and takes pointers; the others
 * are its own bindings and take handles.
 */
declare module 'libheif-js/wasm-bundle.js' {
  interface Handle {
    /** Emscripten's record of a bound object: `ptr` is what the C functions take. */
    readonly $$: { readonly ptr: number }
  }
  interface HeifError {
    code: object
    subcode: object
    message: string
  }
  interface DecodedChannel {
    id: unknown
    width: number
    height: number
    /** Bytes from one row to the next. */
    stride: number
    /** A view of the module's own memory: copy it before the image is released. */
    data: Uint8Array
  }
  interface DecodedImage {
    code?: undefined
    image: unknown
    width: number
    height: number
    channels: DecodedChannel[]
  }
  interface Libheif {
    heif_error_code: {
      heif_error_Ok: object
      heif_error_Unsupported_filetype: object
      heif_error_Unsupported_feature: object
      heif_error_Memory_allocation_error: object
    }
    heif_suberror_code: {
      heif_suberror_Security_limit_exceeded: object
      heif_suberror_Invalid_image_size: object
    }
    heif_colorspace: { heif_colorspace_RGB: object }
    heif_chroma: { heif_chroma_interleaved_RGBA: object }
    heif_channel: { heif_channel_interleaved: object }
    heif_context_alloc(): unknown
    heif_context_read_from_memory(context: unknown, file: Uint8Array): HeifError
    heif_js_context_get_primary_image_handle(context: unknown): (Handle & { code?: undefined }) | HeifError
    heif_image_handle_get_width(handle: Handle): number
    heif_image_handle_get_height(handle: Handle): number
    heif_image_handle_is_premultiplied_alpha(handle: Handle): number
    heif_js_decode_image2(handle: Handle, colorspace: unknown, chroma: unknown): DecodedImage | HeifError
    _heif_image_handle_get_raw_color_profile_size(handle: number): number
    _heif_image_handle_get_raw_color_profile(errorOut: number, handle: number, profileOut: number): void
    _malloc(bytes: number): number
    readonly HEAPU8: Uint8Array
  }
  const libheif: Libheif
  export default libheif
}
