import { ask, type LoadContext } from './caller.ts'
import { livePictures, type Person } from './ledger.ts'

/** Deletes a picture where there are more than enough, and sees that it is gone. */
export async function deleteOne(context: LoadContext, person: Person, keep: number): Promise<void> {
  const { random, tally } = context
  const ready = livePictures(person).filter((one) => one.ready)
  if (ready.length <= keep) return
  const picture = random.pick(ready)
  picture.deleted = 'unsure'
  const asked = await ask(context, person, `/v1/images/${picture.id}`, { method: 'DELETE' })
  if (asked.outcome !== 'answered') return
  if (asked.reply.status !== 204) {
    return tally.violated(`a deletion was answered with ${asked.reply.status}`)
  }
  picture.deleted = 'yes'
  const after = await ask(context, person, `/v1/images/${picture.id}/original`)
  if (after.outcome === 'answered' && after.reply.status !== 404) {
    tally.violated(`a picture that was deleted was answered with ${after.reply.status}`)
  }
}
