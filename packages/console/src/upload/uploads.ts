import type { User } from '@tintype/sdk'
import { notifyMissingPart } from '../parts/notify.tsx'
import { createStore, useStore } from '../parts/store.ts'
import type { Upload } from './upload.ts'
import type { Uploader } from './uploader.ts'

const uploads = createStore<Upload[]>([])

export const useUploads = () => useStore(uploads)

/** Those that are not images yet, and may still be. */
export function useActiveUploads(): Upload[] {
  return useUploads().filter(({ state }) => state === 'waiting' || state === 'sending' || state === 'paused')
}

let loading: Promise<Uploader> | undefined

/** What uploads, loaded when it is needed first. */
function loadUploader(user: User): Promise<Uploader> {
  loading ??= import('./uploader.ts')
    .then(({ createUploader }) =>
      createUploader(user, (list) => {
        uploads.set(list)
        rememberUnfinished(user, list)
      }),
    )
    .catch((error) => {
      // The next attempt may reach the server.
      loading = undefined
      throw error
    })
  return loading
}

export function preloadUploader(user: User): void {
  loadUploader(user).catch(() => undefined)
}

export function withUploader(user: User, act: (uploader: Uploader) => void): void {
  loadUploader(user).then(act, notifyMissingPart)
}

export function uploadFiles(user: User, files: File[]): void {
  if (files.length > 0) withUploader(user, (uploader) => uploader.add(files, user))
}

const keyOf = ({ id }: User) => `tintype-unfinished-${id}`

/** Whether an earlier page left uploads that can go on. */
export const hasUnfinished = (user: User) => localStorage.getItem(keyOf(user)) !== null

function rememberUnfinished(user: User, list: Upload[]): void {
  const isUnfinished = list.some(({ state }) => state !== 'done' && state !== 'refused')
  if (isUnfinished) localStorage.setItem(keyOf(user), '')
  else localStorage.removeItem(keyOf(user))
}
