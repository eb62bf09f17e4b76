import { existsSync } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import t from 'tap'
import {
  accessFile,
  type HeaderOutcome,
  type ImageHeader,
  readImageHeader,
} from '../../../src/uploads/header/index.ts'

/**
 * Real files beside the checkout (or where TINTYPE_TEST_IMAGES says), of which
 * a machine may have none. The sizes are what sharp 0.35.5 reads of them.
 */
const FOLDER = process.env.TINTYPE_TEST_IMAGES ?? join(import.meta.dirname, '../../../../../../shared/images')

type Expected = [ImageHeader['format'], number, number, number?] | 'damaged' | 'not-an-image'

const EXPECTED: Record<string, Expected> = {
  'photos/2569067123_aca715a2ee_o.jpg': ['jpeg', 2725, 2225],
  'photos/320x240.jpg': ['jpeg', 320, 240, 1],
  'photos/4.webp': ['webp', 1024, 772],
  'photos/Channel_digital_image_CMYK_color.jpg': ['jpeg', 500, 333, 1],
  'photos/alpha-premultiply-2048x1536-paper.png': ['png', 2048, 1536],
  'photos/example.heic': ['heic', 1280, 854],
  'photos/flowers.jpeg': ['jpeg', 1920, 1080, 1],
  'photos/gain-map.jpg': ['jpeg', 3840, 2160],
  'photos/gradients-rgb8.png': ['png', 1000, 1000],
  'photos/rotating-squares.gif': ['gif', 80, 80],
  'photos/with-alpha-512x512.heic': ['heic', 512, 512],
  'hostile/65536-uint32-limit.png': ['png', 65_536, 65_536],
  'hostile/Crash_test.gif': ['gif', 800, 533],
  'hostile/corrupt-header.jpg': 'damaged',
  'hostile/giant-image.jpg': ['jpeg', 20_000, 14_000],
  'hostile/libpng-bad_iCCP.png': 'damaged',
  'hostile/libpng-badadler.png': ['png', 1, 1],
  'hostile/libpng-badcrc.png': ['png', 1, 1],
  'hostile/libpng-empty_ancillary_chunks.png': ['png', 1, 1],
  'hostile/libpng-huge_IDAT.png': ['png', 2, 2],
  'hostile/struct-image-04-t.svg': 'not-an-image',
  'hostile/truncated.jpg': ['jpeg', 2725, 2225],
  'hostile/truncated.png': ['png', 294, 240],
  'pngsuite/PngSuite.png': ['png', 256, 256],
  'pngsuite/cdfn2c08.png': ['png', 8, 32],
  'pngsuite/cdhn2c08.png': ['png', 32, 8],
  'pngsuite/cdsn2c08.png': ['png', 8, 8],
  'pngsuite/xcsn0g01.png': ['png', 32, 32],
  'pngsuite/xs1n0g01.png': 'not-an-image',
  'pngsuite/xs2n0g01.png': 'not-an-image',
  'pngsuite/xs4n0g01.png': 'not-an-image',
}
/** Families of files whose names tell what they are: the first pattern that fits counts. */
const FAMILIES: [RegExp, (match: string[]) => Expected][] = [
  [/^hostile\/libpng-huge_/, () => 'damaged'],
  [/^pngsuite\/x/, () => 'damaged'],
  [/^pngsuite\/s(\d\d)/, ([, side]) => ['png', Number(side), Number(side)]],
  [/^pngsuite\//, () => ['png', 32, 32]],
  [/^orientation\/Landscape_([1-4])/, ([, turn]) => ['jpeg', 1800, 1200, Number(turn)]],
  [/^orientation\/Portrait_([5-8])/, ([, turn]) => ['jpeg', 1800, 1200, Number(turn)]],
  [/^orientation\/\w+_(\d)/, ([, turn]) => ['jpeg', 1200, 1800, Number(turn)]],
]

function expectedOf(name: string): Expected | undefined {
  const named = EXPECTED[name]
  if (named !== undefined) return named
  for (const [pattern, expected] of FAMILIES) {
    const match = pattern.exec(name)
    if (match !== null) return expected(match)
  }
  return undefined
}

function summary(outcome: HeaderOutcome): Expected {
  if (outcome.outcome !== 'image') return outcome.outcome
  const { format, width, height, orientation } = outcome.header
  return orientation === undefined ? [format, width, height] : [format, width, height, orientation]
}

t.test('every stored picture is read as what it is', async (t) => {
  if (!existsSync(FOLDER)) return t.pass('no stored pictures on this machine')
  const entries = await readdir(FOLDER, { recursive: true, withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile() && entry.parentPath !== FOLDER)
  for (const entry of names) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(FOLDER, path)
    await using handle = await open(path)
    const outcome = await readImageHeader(accessFile(handle, (await stat(path)).size))
    const expected = expectedOf(name)
    // A file that was added since must still end in some outcome, as it just did.
    if (expected !== undefined) t.strictSame(summary(outcome), expected, name)
  }
})
