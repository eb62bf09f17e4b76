export const PROTOCOL_VERSION = '1.0.0'
/** Of a body. */
export const MEDIA_TYPE = 'application/offset+octet-stream'
export const EXTENSIONS = ['creation', 'creation-with-upload', 'expiration', 'checksum', 'termination']
