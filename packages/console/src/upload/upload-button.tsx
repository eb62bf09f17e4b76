import { Button, type ButtonProps, FileButton } from '@mantine/core'
import { UploadIcon } from 'lucide-react'
import { useRef } from 'react'
import { useUser } from '../app/session.ts'
import { words } from '../words/index.ts'
import { preloadUploader, uploadFiles } from './uploads.ts'

/** Some browsers know no type for these. */
const ACCEPT = 'image/*,.heic,.heif,.avif,.tif,.tiff'

export function UploadButton(props: ButtonProps) {
  const user = useUser()
  const reset = useRef<() => void>(null)
  function send(files: File[]) {
    uploadFiles(user, files)
    // The same file, chosen again, is no change otherwise.
    reset.current?.()
  }
  return (
    <FileButton multiple accept={ACCEPT} onChange={send} resetRef={reset}>
      {({ onClick }) => (
        <Button
          leftSection={<UploadIcon size={17} aria-hidden />}
          onPointerEnter={() => preloadUploader(user)}
          onClick={onClick}
          {...props}
        >
          {words.upload.button}
        </Button>
      )}
    </FileButton>
  )
}
