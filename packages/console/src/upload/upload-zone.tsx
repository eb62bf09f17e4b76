import { Portal, Text } from '@mantine/core'
import { fromEvent } from 'file-selector'
import { ImageUp } from 'lucide-react'
import { lazy, useEffect, useState } from 'react'
import { useUser } from '../app/session.ts'
import { OnDemand } from '../parts/on-demand.tsx'
import { words } from '../words/index.ts'
import classes from './upload-zone.module.css'
import { hasUnfinished, uploadFiles, useUploads, withUploader } from './uploads.ts'

const UploadPanel = lazy(() => import('./upload-panel.tsx'))

/** Takes files that are dropped or pasted, wherever one is, and shows what becomes of them. */
export function UploadZone() {
  const user = useUser()
  const uploads = useUploads()
  const isDragging = useDroppedFiles((files) => uploadFiles(user, files))
  usePastedFiles((files) => uploadFiles(user, files))

  useEffect(() => {
    // To go on with them is all that is wanted of it.
    if (hasUnfinished(user)) withUploader(user, () => {})
  }, [user])

  return (
    <>
      {isDragging && (
        <Portal>
          <div className={classes.overlay}>
            <ImageUp size={56} strokeWidth={1.4} aria-hidden />
            <Text size="xl" fw={600}>
              {words.upload.drop}
            </Text>
          </div>
        </Portal>
      )}
      {uploads.length > 0 && (
        <OnDemand>
          <UploadPanel />
        </OnDemand>
      )}
    </>
  )
}

const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false

/** Whole folders too. @returns whether files are held over the page. */
function useDroppedFiles(onFiles: (files: File[]) => void): boolean {
  const [isDragging, setIsDragging] = useState(false)
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setIsDragging(true)
    }
    // To outside of the window alone is there nothing to come to.
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setIsDragging(false)
    }
    const drop = async (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setIsDragging(false)
      const found = await fromEvent(event)
      onFiles(found.filter((item) => item instanceof File))
    }
    window.addEventListener('dragover', over)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop)
    return () => {
      window.removeEventListener('dragover', over)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', drop)
    }
  }, [onFiles])
  return isDragging
}

function usePastedFiles(onFiles: (files: File[]) => void): void {
  useEffect(() => {
    const paste = ({ clipboardData, target }: ClipboardEvent) => {
      if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return
      onFiles([...(clipboardData?.files ?? [])])
    }
    window.addEventListener('paste', paste)
    return () => window.removeEventListener('paste', paste)
  }, [onFiles])
}
