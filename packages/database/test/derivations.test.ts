import type { RenditionName } from '@tintype/domain'
import { FAILURES, MAX_ATTEMPTS } from '@tintype/domain'
import t from 'tap'
import {
  claimStalledImages,
  type Database,
  type DerivedFile,
  endAttempt,
  failDerivation,
  findImage,
  findOrphanKeys,
  type Image,
  markDeleting,
  publishRenditions,
  releaseDerivation,
  requestRendition,
  startDerivation,
  updateTier,
  updateUser,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { makeImage, makeTier, makeUser, openMigrated } from './fixtures.ts'

const NOBODY = '00000000-0000-7000-8000-000000000000'

function file(image: Image, name: RenditionName, generation = 'a'): DerivedFile {
  const key = `renditions/${image.id}/${name}.${generation}.jpg`
  return { name, key, format: 'jpeg', width: 30, height: 20, bytes: 500 }
}

function publish(database: Database, image: Image, files: DerivedFile[]) {
  return publishRenditions(database, image.id, { width: 600, height: 800, thumbhash: 'aGFzaA', files })
}

/** What a derivation begun now would make; its attempt is taken back. */
async function wants(database: Database, image: Image): Promise<RenditionName[] | string> {
  const started = await startDerivation(database, image.id)
  if (started.outcome !== 'started') return started.outcome
  await releaseDerivation(database, image.id)
  return started.derivation.wants.toSorted()
}

t.test('derivations', async (t) => {
  const database = await openMigrated(t)
  const tier = await makeTier(database, { thumbnailHeights: [200, 400], maxPixels: 7_000_000 })
  const owner = await makeUser(database, { tier })

  t.test('what is wanted of an eager tier is all it grants', async (t) => {
    const image = await makeImage(database, owner, { width: 1234, height: 567 })
    t.strictSame(await startDerivation(database, image.id), {
      outcome: 'started',
      derivation: {
        imageId: image.id,
        lane: 'thumbnails',
        width: 1234,
        height: 567,
        maxPixels: 7_000_000,
        wants: ['h200', 'h400'],
        attempt: 1,
      },
    })
  })

  t.test('what is wanted of a lazy tier is what was asked for', async (t) => {
    const lazy = await makeTier(database, { thumbnailHeights: [200, 400], generation: 'lazy' })
    const image = await makeImage(database, await makeUser(database, { tier: lazy }))
    t.strictSame(await wants(database, image), [], 'a new picture is only verified')
    await requestRendition(database, image.id, 'h400')
    await requestRendition(database, image.id, 'h999')
    t.strictSame(await wants(database, image), ['h400'], 'and nothing that the tier does not grant')
    await publish(database, image, [file(image, 'h400')])
    t.equal(await wants(database, image), 'settled')
    await requestRendition(database, image.id, 'h200')
    t.strictSame(await wants(database, image), ['h200'])
  })

  t.test('gained heights are wanted, lost ones are not', async (t) => {
    const growing = await makeTier(database, { thumbnailHeights: [200] })
    const user = await makeUser(database, { tier: growing })
    const image = await makeImage(database, user)
    await publish(database, image, [file(image, 'h200')])
    t.equal(await wants(database, image), 'settled')
    await updateTier(database, growing.id, { thumbnailHeights: [100, 200, 300] }, () => {})
    t.strictSame(await wants(database, image), ['h100', 'h300'])
    await updateTier(database, growing.id, { thumbnailHeights: [300] }, () => {})
    t.strictSame(await wants(database, image), ['h300'])
    await updateUser(database, user.id, { tierId: tier.id })
    t.strictSame(await wants(database, image), ['h400'], 'also those of another tier')
  })

  t.test('nothing is begun for an image that is gone, failed or being deleted', async (t) => {
    const failed = await makeImage(database, owner)
    await failDerivation(database, failed.id, 'TT_IMAGE_CORRUPT', ['h200'])
    const deleted = await makeImage(database, owner)
    await markDeleting(database, owner.id, deleted.id)
    for (const id of [failed.id, deleted.id, NOBODY]) {
      t.strictSame(await startDerivation(database, id), { outcome: 'settled' })
    }
  })

  t.test('a wanted height that the tier grants no more is forgotten', async (t) => {
    const shrinking = await makeTier(database, { thumbnailHeights: [200, 400], generation: 'lazy' })
    const image = await makeImage(database, await makeUser(database, { tier: shrinking }))
    await publish(database, image, [file(image, 'h200')])
    await requestRendition(database, image.id, 'h400')
    await failDerivation(database, image.id, 'TT_IMAGE_CORRUPT', ['h300'])
    await updateTier(database, shrinking.id, { thumbnailHeights: [] }, () => {})
    const idle = sql`UPDATE images SET progress_at = now() - interval '2 minutes' WHERE id = ${image.id}`
    await database.db.execute(
      sql`UPDATE renditions SET requested_at = now() - interval '2 minutes' WHERE image_id = ${image.id}`,
    )
    await database.db.execute(idle)
    const sweep = { idleSeconds: 60, limit: 100 }
    t.match(await claimStalledImages(database, sweep), [{ id: image.id }])
    t.equal(await wants(database, image), 'settled')
    await database.db.execute(idle)
    t.strictSame(await claimStalledImages(database, sweep), [], 'so that no sweep finds it for ever')
    const rows = await database.db.execute<{ name: string }>(
      sql`SELECT name FROM renditions WHERE image_id = ${image.id} ORDER BY name`,
    )
    t.strictSame(
      rows.map(({ name }) => name),
      ['h200', 'h300'],
      'what was made or has failed stays',
    )
  })

  t.test('the last attempt may still run: busy until it ends or its time is over', async (t) => {
    const image = await makeImage(database, owner)
    for (let n = 0; n < MAX_ATTEMPTS; n += 1) await startDerivation(database, image.id)
    t.strictSame(await startDerivation(database, image.id), { outcome: 'busy' })
    await endAttempt(database, image.id, MAX_ATTEMPTS - 1)
    t.strictSame(await startDerivation(database, image.id), { outcome: 'busy' }, 'an older one ended')
    await database.db.execute(sql`
      UPDATE images SET attempt_began_at = now() - interval '100 seconds', progress_at = now()
      WHERE id = ${image.id}`)
    t.match(await startDerivation(database, image.id, { attemptTimeoutSeconds: 110 }), { outcome: 'busy' })
    t.match(await startDerivation(database, image.id, { attemptTimeoutSeconds: 90 }), {
      outcome: 'exhausted',
    })
  })

  t.test('attempts are counted before the work, and end', async (t) => {
    const image = await makeImage(database, owner)
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      t.match(await startDerivation(database, image.id), { outcome: 'started', derivation: { attempt } })
    }
    await endAttempt(database, image.id, MAX_ATTEMPTS)
    t.strictSame(await startDerivation(database, image.id), { outcome: 'exhausted', wants: ['h200', 'h400'] })
    t.strictSame(await startDerivation(database, image.id), { outcome: 'exhausted', wants: ['h200', 'h400'] })
  })

  t.test('attempts begun at once are all counted', async (t) => {
    const image = await makeImage(database, owner)
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => startDerivation(database, image.id)))
    t.strictSame(outcomes.map(({ outcome }) => outcome).toSorted(), [
      ...Array.from({ length: 5 - MAX_ATTEMPTS }, () => 'busy'),
      ...Array.from({ length: MAX_ATTEMPTS }, () => 'started'),
    ])
  })

  t.test('an attempt taken back does not count', async (t) => {
    const image = await makeImage(database, owner)
    for (let n = 0; n < MAX_ATTEMPTS + 2; n += 1) {
      t.match(await startDerivation(database, image.id), { outcome: 'started', derivation: { attempt: 1 } })
      await releaseDerivation(database, image.id)
    }
    await releaseDerivation(database, image.id)
    t.match(await startDerivation(database, image.id), { derivation: { attempt: 1 } }, 'none is owed')
  })

  t.test('a success begins the count anew', async (t) => {
    const image = await makeImage(database, owner)
    await startDerivation(database, image.id)
    await startDerivation(database, image.id)
    await publish(database, image, [file(image, 'h200')])
    t.match(await startDerivation(database, image.id), { derivation: { attempt: 1, wants: ['h400'] } })
  })

  t.test('what is published is visible, with the picture’s size as seen', async (t) => {
    const image = await makeImage(database, owner)
    const files = [file(image, 'h200'), { ...file(image, 'h400'), format: 'png' as const }]
    t.strictSame(await publish(database, image, files), {
      outcome: 'published',
      ownerId: image.ownerId,
      replacedKeys: [],
    })
    const found = await findImage(database, owner.id, image.id)
    t.match(found?.image, { state: 'ready', width: 600, height: 800, thumbhash: 'aGFzaA' })
    const expected = files.map(({ name, ...made }) => ({ imageId: image.id, name, file: made }))
    t.strictSame(found?.renditions, expected)
  })

  t.test('a picture of a lazy tier is ready without any file', async (t) => {
    const image = await makeImage(database, owner)
    t.strictSame(await publish(database, image, []), {
      outcome: 'published',
      ownerId: image.ownerId,
      replacedKeys: [],
    })
    t.match(await findImage(database, owner.id, image.id), { image: { state: 'ready' }, renditions: [] })
  })

  t.test('published twice, it names the objects that were replaced', async (t) => {
    const image = await makeImage(database, owner)
    const [old200, old400] = [file(image, 'h200', 'old'), file(image, 'h400', 'old')]
    await publish(database, image, [old200, old400])
    const again = await publish(database, image, [file(image, 'h200', 'new')])
    t.strictSame(again, { outcome: 'published', ownerId: image.ownerId, replacedKeys: [old200.key] })
    const found = await findImage(database, owner.id, image.id)
    t.match(found?.renditions, [
      { file: { key: file(image, 'h200', 'new').key } },
      { file: { key: old400.key } },
    ])
  })

  t.test('published twice at once, one is kept and the other is nobody’s', async (t) => {
    for (let round = 0; round < 5; round += 1) {
      const image = await makeImage(database, owner)
      const [one, two] = [file(image, 'h200', 'one'), file(image, 'h200', 'two')]
      const outcomes = await Promise.all([publish(database, image, [one]), publish(database, image, [two])])
      const kept = (await findImage(database, owner.id, image.id))?.renditions[0]?.file?.key
      const orphan = kept === one.key ? two.key : one.key
      t.strictSame(await findOrphanKeys(database, [one.key, two.key]), [orphan])
      for (const outcome of outcomes) {
        if (outcome.outcome !== 'published') t.fail(outcome.outcome)
        else
          t.ok(
            outcome.replacedKeys.every((key) => key === orphan),
            'nothing that is kept is to be deleted',
          )
      }
    }
  })

  t.test('nothing is published of an image that was deleted or has failed meanwhile', async (t) => {
    const deleted = await makeImage(database, owner)
    await startDerivation(database, deleted.id)
    await markDeleting(database, owner.id, deleted.id)
    t.strictSame(await publish(database, deleted, [file(deleted, 'h200')]), { outcome: 'gone' })
    const failed = await makeImage(database, owner)
    await failDerivation(database, failed.id, 'TT_DECODER_CRASHED', ['h200'])
    t.strictSame(await publish(database, failed, [file(failed, 'h200')]), { outcome: 'gone' })
    const rows = await database.db.execute(sql`
      SELECT FROM renditions WHERE image_id IN (${deleted.id}, ${failed.id})`)
    t.equal(rows.length, 0)
  })

  t.test('a pending image fails with a code and a sentence', async (t) => {
    const image = await makeImage(database, owner)
    await startDerivation(database, image.id)
    await failDerivation(database, image.id, 'TT_IMAGE_CORRUPT', ['h200', 'h400'])
    t.match(await findImage(database, owner.id, image.id), {
      image: { state: 'failed', failureCode: 'TT_IMAGE_CORRUPT', failureMessage: FAILURES.TT_IMAGE_CORRUPT },
      renditions: [],
    })
  })

  t.test('of a ready image only the wanted renditions fail', async (t) => {
    const image = await makeImage(database, owner)
    const made = file(image, 'h200')
    await publish(database, image, [made])
    await requestRendition(database, image.id, 'h400')
    await startDerivation(database, image.id)
    await failDerivation(database, image.id, 'TT_IMAGE_UNSUPPORTED', ['h200', 'h300', 'h400'])
    const found = await findImage(database, owner.id, image.id)
    t.match(found?.image, { state: 'ready', failureCode: null })
    const { name, ...kept } = made
    t.strictSame(found?.renditions, [
      { imageId: image.id, name, file: kept },
      { imageId: image.id, name: 'h300', failureCode: 'TT_IMAGE_UNSUPPORTED' },
      { imageId: image.id, name: 'h400', failureCode: 'TT_IMAGE_UNSUPPORTED' },
    ])
    t.equal(await wants(database, image), 'settled', 'a failure is not tried for ever')
  })

  t.test('a ready image whose attempts are exhausted settles', async (t) => {
    const image = await makeImage(database, owner)
    await publish(database, image, [file(image, 'h200')])
    for (let n = 0; n < MAX_ATTEMPTS; n += 1) await startDerivation(database, image.id)
    await endAttempt(database, image.id, MAX_ATTEMPTS)
    const exhausted = await startDerivation(database, image.id)
    if (exhausted.outcome !== 'exhausted') throw new Error(exhausted.outcome)
    await failDerivation(database, image.id, 'TT_DECODER_CRASHED', exhausted.wants)
    t.equal(await wants(database, image), 'settled')
    await failDerivation(database, image.id, 'TT_DECODER_CRASHED', [])
    t.match(await findImage(database, owner.id, image.id), { image: { state: 'ready' } })
  })

  t.test('a failed rendition is made good by a later success', async (t) => {
    const image = await makeImage(database, owner)
    await publish(database, image, [])
    await failDerivation(database, image.id, 'TT_IMAGE_CORRUPT', ['h200'])
    await publish(database, image, [file(image, 'h200')])
    const found = await findImage(database, owner.id, image.id)
    t.notOk(found?.renditions[0]?.failureCode)
    t.ok(found?.renditions[0]?.file)
  })

  t.test('failing and asking leave alone what is gone or being deleted', async (t) => {
    const image = await makeImage(database, owner)
    await markDeleting(database, owner.id, image.id)
    for (const id of [image.id, NOBODY]) {
      await failDerivation(database, id, 'TT_IMAGE_CORRUPT', ['h200'])
      await requestRendition(database, id, 'h200')
    }
    const rows = await database.db.execute(sql`
      SELECT state, (SELECT count(*)::integer FROM renditions WHERE image_id = id) AS renditions
      FROM images WHERE id = ${image.id}`)
    t.strictSame([...rows], [{ state: 'deleting', renditions: 0 }])
  })

  t.test('asking twice, or for what is there, changes nothing', async (t) => {
    const image = await makeImage(database, owner)
    await publish(database, image, [file(image, 'h200')])
    const before = await findImage(database, owner.id, image.id)
    await requestRendition(database, image.id, 'h200')
    t.strictSame(await findImage(database, owner.id, image.id), before)
    await Promise.all([
      requestRendition(database, image.id, 'h400'),
      requestRendition(database, image.id, 'h400'),
    ])
    t.equal((await findImage(database, owner.id, image.id))?.renditions.length, 2)
  })
})
