import { type Lane, laneOf, MAX_ATTEMPTS, type RenditionName, type TierGrants } from '@tintype/domain'
import t from 'tap'
import {
  type Database,
  type DerivedFile,
  endAttempt,
  failDerivation,
  findImage,
  type Image,
  listWantedLanes,
  markDeleting,
  publishConversions,
  publishRenditions,
  releaseDerivation,
  requestRendition,
  startDerivation,
  updateTier,
} from '../src/index.ts'
import { makeImage, makeTier, makeUser, openMigrated } from './fixtures.ts'

const EMPTY = { width: 600, height: 800, thumbhash: '', files: [] }

function file(image: Image, name: RenditionName): DerivedFile {
  return { name, key: `renditions/${image.id}/${name}.a`, format: 'png', width: 30, height: 20, bytes: 500 }
}

async function wants(database: Database, image: Image, lane: Lane): Promise<RenditionName[] | string> {
  const started = await startDerivation(database, image.id, { lane })
  if (started.outcome !== 'started') return started.outcome
  await releaseDerivation(database, image.id, lane)
  return started.derivation.wants.toSorted()
}

t.test('lanes', async (t) => {
  const database = await openMigrated(t)

  async function imageIn(grants: Partial<TierGrants>, fields: { format?: Image['format'] } = {}) {
    const tier = await makeTier(database, { thumbnailHeights: [200], ...grants })
    const owner = await makeUser(database, { tier })
    return { tier, owner, image: await makeImage(database, owner, fields) }
  }

  async function stateOf({ owner, image }: { owner: { id: string }; image: Image }) {
    const found = await findImage(database, owner.id, image.id)
    return {
      state: found?.image.state,
      renditions: Object.fromEntries(
        (found?.renditions ?? []).map(({ name, file, failureCode }) => [
          name,
          file === undefined ? (failureCode ?? 'wanted') : 'made',
        ]),
      ),
    }
  }

  t.test(
    'of an eager tier all formats but the uploaded one, once the picture is known to be sound',
    async (t) => {
      const conversionFormats: TierGrants['conversionFormats'] = ['jpeg', 'png', 'webp', 'avif']
      const { image } = await imageIn({ conversionFormats }, { format: 'png' })
      await requestRendition(database, image.id, 'full.png')
      t.equal(await wants(database, image, 'conversions'), 'settled', 'nothing of a pending picture')
      t.strictSame(await listWantedLanes(database, image.id), [])
      t.strictSame(await wants(database, image, 'thumbnails'), ['h200'])
      await publishRenditions(database, image.id, { ...EMPTY, files: [file(image, 'h200')] })
      t.strictSame((await listWantedLanes(database, image.id)).toSorted(), ['avif', 'conversions'])
      t.equal(await wants(database, image, 'thumbnails'), 'settled')
      t.strictSame(await wants(database, image, 'conversions'), ['full.jpeg', 'full.png', 'full.webp'])
      t.strictSame(await wants(database, image, 'avif'), ['full.avif'])
    },
  )

  t.test('the uploaded format is made only if it is asked for', async (t) => {
    const { image } = await imageIn({ conversionFormats: ['jpeg', 'png'] })
    await publishRenditions(database, image.id, EMPTY)
    t.strictSame(await wants(database, image, 'conversions'), ['full.png'])
    await requestRendition(database, image.id, 'full.jpeg')
    t.strictSame(await wants(database, image, 'conversions'), ['full.jpeg', 'full.png'])
  })

  t.test('of a lazy tier those that were asked for', async (t) => {
    const { image } = await imageIn({ conversionFormats: ['png', 'webp'], generation: 'lazy' })
    await publishRenditions(database, image.id, EMPTY)
    t.equal(await wants(database, image, 'conversions'), 'settled')
    await requestRendition(database, image.id, 'full.webp')
    t.strictSame(await wants(database, image, 'conversions'), ['full.webp'])
  })

  t.test('a later publication asks for nothing: what was evicted comes back on request', async (t) => {
    const { image } = await imageIn({ conversionFormats: ['png'] })
    await publishRenditions(database, image.id, EMPTY)
    await database.db.execute(`DELETE FROM renditions WHERE image_id = '${image.id}'`)
    await publishRenditions(database, image.id, EMPTY)
    t.equal(await wants(database, image, 'conversions'), 'settled')
  })

  t.test('a WebP variant that was asked for is wanted as long as its height is granted', async (t) => {
    const { tier, image } = await imageIn({ generation: 'lazy' })
    await publishRenditions(database, image.id, EMPTY)
    await requestRendition(database, image.id, 'h200.webp')
    await requestRendition(database, image.id, 'h300.webp')
    t.strictSame(await wants(database, image, 'thumbnails'), ['h200.webp'])
    await updateTier(database, tier.id, { thumbnailHeights: [] }, () => {})
    t.equal(await wants(database, image, 'thumbnails'), 'settled')
  })

  t.test('a format that the tier grants no more is forgotten', async (t) => {
    const made = await imageIn({ conversionFormats: ['png', 'avif'] })
    const { tier, image } = made
    await publishRenditions(database, image.id, EMPTY)
    await updateTier(database, tier.id, { conversionFormats: ['avif'] }, () => {})
    t.equal(await wants(database, image, 'conversions'), 'settled')
    t.strictSame(await stateOf(made), { state: 'ready', renditions: { 'full.avif': 'wanted' } })
  })

  t.test('each lane counts its own attempts', async (t) => {
    const made = await imageIn({ thumbnailHeights: [200, 400], conversionFormats: ['png', 'avif'] })
    const { image } = made
    await publishRenditions(database, image.id, { ...EMPTY, files: [file(image, 'h200')] })
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      t.match(await startDerivation(database, image.id, { lane: 'conversions' }), {
        outcome: 'started',
        derivation: { attempt, lane: 'conversions' },
      })
    }
    t.match(await startDerivation(database, image.id, { lane: 'conversions' }), { outcome: 'busy' })
    t.match(await startDerivation(database, image.id), { derivation: { attempt: 1 } })
    t.match(await startDerivation(database, image.id, { lane: 'avif' }), { derivation: { attempt: 1 } })
    await publishConversions(database, image.id, 'avif', { files: [file(image, 'full.avif')] })
    t.match(await startDerivation(database, image.id), { derivation: { attempt: 2 } }, 'nor ends another’s')

    await endAttempt(database, image.id, MAX_ATTEMPTS, 'conversions')
    const exhausted = await startDerivation(database, image.id, { lane: 'conversions' })
    t.strictSame(exhausted, { outcome: 'exhausted', wants: ['full.png'] })
    await failDerivation(database, image.id, 'TT_DECODER_CRASHED', ['full.png'])
    t.strictSame(await stateOf(made), {
      state: 'ready',
      renditions: { h200: 'made', 'full.avif': 'made', 'full.png': 'TT_DECODER_CRASHED' },
    })
    t.equal(await wants(database, image, 'conversions'), 'settled')
    t.match(await startDerivation(database, image.id), { derivation: { attempt: 3, wants: ['h400'] } })
  })

  t.test('what was made and what cannot be made are published together', async (t) => {
    const made = await imageIn({ conversionFormats: ['png', 'webp'] })
    const { image } = made
    await publishRenditions(database, image.id, EMPTY)
    const files = [file(image, 'full.png')]
    const refused = [
      { name: 'full.webp', code: 'TT_CONVERSION_TOO_LARGE' },
      { name: 'full.jpeg', code: 'TT_CONVERSION_TOO_LARGE' },
    ] as const
    await startDerivation(database, image.id, { lane: 'conversions' })
    await publishConversions(database, image.id, 'conversions', { files, refused: [...refused] })
    t.strictSame((await stateOf(made)).renditions, {
      'full.jpeg': 'TT_CONVERSION_TOO_LARGE',
      'full.png': 'made',
      'full.webp': 'TT_CONVERSION_TOO_LARGE',
    })
    await publishConversions(database, image.id, 'conversions', {
      files: [],
      refused: [{ name: 'full.png', code: 'TT_CONVERSION_TOO_LARGE' }],
    })
    t.equal((await stateOf(made)).renditions['full.png'], 'made', 'what is there stays')
    await requestRendition(database, image.id, 'full.webp')
    t.equal(await wants(database, image, 'conversions'), 'settled', 'a failure is not tried for ever')
  })

  t.test('nothing is published of an image that was deleted meanwhile', async (t) => {
    const { owner, image } = await imageIn({ conversionFormats: ['png'] })
    await publishRenditions(database, image.id, EMPTY)
    await markDeleting(database, owner.id, image.id)
    const files = [file(image, 'full.png')]
    t.match(await publishConversions(database, image.id, 'conversions', { files }), { outcome: 'gone' })
  })

  t.test('every name is of one lane', async (t) => {
    t.strictSame(
      (['h1', 'h4096.webp', 'full.jpeg', 'full.png', 'full.webp', 'full.avif'] as const).map(laneOf),
      ['thumbnails', 'thumbnails', 'conversions', 'conversions', 'conversions', 'avif'],
    )
  })
})
