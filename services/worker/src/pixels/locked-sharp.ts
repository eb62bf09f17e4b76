import sharp from 'sharp'

/**
 * sharp as decoder children use it. Everything that decodes imports it from
 * here, so that none of these settings can be forgotten.
 */

// A child meets each picture once: a cache of operations would only hold memory.
sharp.cache(false)
// Children are the parallelism; threads inside a decode would compete with the neighbours.
sharp.concurrency(1)

// libvips opens what it recognises, by content: SVG with its outside references,
// PDF, RAW and its own formats too. Only uploads' formats may be opened. UltraHDR
// stays blocked, which leaves gain-map JPEGs to the JPEG loader: their base picture.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadHeif',
    'VipsForeignLoadTiff',
  ],
})

export { sharp }
