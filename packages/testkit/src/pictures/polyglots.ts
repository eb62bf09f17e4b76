import { gzipSync } from 'node:zlib'
import { pdf, svg } from './damaged.ts'
import { SCRIPT_MARK } from './hostile-metadata.ts'
import { insertJpegSegments, jpegSegment } from './jpeg-segments.ts'
import { photo } from './photo.ts'
import { insertPngChunk } from './png-chunks.ts'

/** What a ZIP of nothing is: the end of its directory (APPNOTE §4.3.16). */
const EMPTY_ZIP = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)])

/** Sound pictures that are something else besides, to a reader who looks for that. Each holds `SCRIPT_MARK`. */
export async function polyglots(): Promise<Record<string, Buffer>> {
  const [jpeg, png] = await Promise.all(
    (['jpeg', 'png'] as const).map((format) => photo({ width: 64, height: 48, format })),
  )
  if (jpeg === undefined || png === undefined) throw new Error('unreachable')
  const php = `<?php system($_GET[0]); ?>${SCRIPT_MARK}`
  return {
    'JPEG and page': insertJpegSegments(jpeg, jpegSegment(0xfe, `<!doctype html><body>${SCRIPT_MARK}`)),
    'JPEG and PDF': insertJpegSegments(jpeg, jpegSegment(0xfe, pdf(), SCRIPT_MARK)),
    'JPEG and ZIP': Buffer.concat([jpeg, Buffer.from(SCRIPT_MARK), EMPTY_ZIP]),
    'JPEG and script': insertJpegSegments(jpeg, scriptSegment()),
    'PNG and PHP': insertPngChunk(png, 'tEXt', Buffer.from(`Comment\0${php}`, 'latin1')),
    'PNG and ZIP': Buffer.concat([png, Buffer.from(SCRIPT_MARK), EMPTY_ZIP]),
    'GIF and script': scriptGif(),
  }
}

/** A segment whose length reads as the beginning of a comment: to a browser, the file is a script. */
function scriptSegment(): Buffer {
  const text = `\0*/=alert(1)/*${SCRIPT_MARK}`
  return jpegSegment(0xe0, text, Buffer.alloc(0x2f2a - 2 - text.length, ' '))
}

/** A GIF whose width reads as the beginning of a comment. */
function scriptGif(): Buffer {
  const words = Buffer.from(`*/=alert(1);/*${SCRIPT_MARK}*/`, 'latin1')
  return Buffer.concat([
    Buffer.from('GIF89a/*', 'latin1'),
    Buffer.of(1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x21, 0xfe, words.length),
    words,
    Buffer.of(0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0, 0x3b),
  ])
}

/** What is no picture that is accepted, whatever it is called: drawings that fetch, texts, archives, programs. */
export function notPictures(): Record<string, Buffer> {
  const text = (words: string) => Buffer.from(words, 'latin1')
  return {
    SVG: svg(),
    'SVG behind a byte order mark': Buffer.concat([text('\xef\xbb\xbf \n'), svg()]),
    'SVG, compressed': gzipSync(svg()),
    XML: text('<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r>&e;</r>'),
    'XML that swells': text(
      `<!DOCTYPE r [<!ENTITY a "${'x'.repeat(100)}">${[...'bcdefgh'].map((name, index) => `<!ENTITY ${name} "${`&${'abcdefg'[index]};`.repeat(10)}">`).join('')}]><r>&h;</r>`,
    ),
    HTML: text(`<!doctype html><body>${SCRIPT_MARK}`),
    script: text('GIF87b/*'),
    PDF: pdf(),
    PostScript: text('%!PS\n(%pipe%id) (r) file\n'),
    'ImageMagick’s own language': text(
      'push graphic-context\nfill \'url(https://example.com/"|id")\'\npop graphic-context',
    ),
    ZIP: EMPTY_ZIP,
    program: text('\x7fELF\x02\x01\x01'),
    bitmap: Buffer.concat([text('BM'), Buffer.alloc(52)]),
    icon: Buffer.of(0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 32, 0, 40, 0, 0, 0, 22, 0, 0, 0),
    'JPEG 2000': text('\0\0\0\x0cjP  \r\n\x87\n'),
    'JPEG XL': text('\0\0\0\x0cJXL \r\n\x87\n'),
    film: text('\0\0\0\x18ftypmp42\0\0\0\0mp42isom'),
  }
}
