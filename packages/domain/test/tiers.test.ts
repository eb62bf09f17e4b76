import t from 'tap'
import { grants, parseTarget, TIER_DEFAULTS, TIER_LIMITS } from '../src/index.ts'

t.test('a tier grants its heights, and the original where it says so', async (t) => {
  const tier = { ...TIER_DEFAULTS, thumbnailHeights: [200, 400] }
  t.equal(grants(tier, 'h200'), true)
  t.equal(grants(tier, 'h400'), true)
  t.equal(grants(tier, 'h20'), false)
  t.equal(grants(tier, 'h4000'), false)
  t.equal(grants(tier, 'original'), false)
  t.equal(grants({ ...tier, originalAccess: true }, 'original'), true)
  t.equal(grants({ ...tier, originalAccess: true, thumbnailHeights: [] }, 'h200'), false)
})

t.test('what a new tier grants lies within the limits', async (t) => {
  const { thumbnailHeights, linkMinSeconds, linkMaxSeconds, maxUploadBytes, maxPixels } = TIER_DEFAULTS
  t.ok(thumbnailHeights.length <= TIER_LIMITS.thumbnailHeights)
  t.ok(thumbnailHeights.every((height) => height >= 1 && height <= TIER_LIMITS.thumbnailHeightPx))
  t.ok(linkMinSeconds <= linkMaxSeconds && linkMaxSeconds <= TIER_LIMITS.linkSeconds)
  t.ok(maxUploadBytes <= TIER_LIMITS.uploadBytes)
  t.ok(maxPixels <= TIER_LIMITS.pixels)
})

t.test('a tier grants the formats it names, and both variants of its heights', async (t) => {
  const tier = { ...TIER_DEFAULTS, thumbnailHeights: [200], conversionFormats: ['png' as const] }
  t.equal(grants(tier, 'full.png'), true)
  t.equal(grants(tier, 'full.jpeg'), false)
  t.equal(grants(tier, 'h200.webp'), true)
  t.equal(grants(tier, 'h400.webp'), false)
})

t.test('targets', async (t) => {
  for (const target of ['original', 'h1', 'h200', 'h4096', 'full.png', 'full.avif'])
    t.equal(parseTarget(target), target)
  t.equal(parseTarget('full.PNG'), 'full.png')
  t.equal(parseTarget('full.jpg'), 'full.jpeg', 'which is the same format')
  for (const target of [
    '',
    'h',
    'h0',
    'h0200',
    'h4097',
    '200',
    'hh200',
    'H200',
    'Original',
    'h1e3',
    'h²',
    'h200.webp',
    'full',
    'full.gif',
  ]) {
    t.equal(parseTarget(target), undefined, target)
  }
})
