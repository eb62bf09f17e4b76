import { Button, type ButtonProps, FileButton } from '@mantine/core'
import { UploadIcon } from 'lucide-react'
import { useUser } from '../app/session.ts'
import { words } from '../words/index.ts'
import { loadUploader, uploadFiles } from './uploads.ts'

/** Some browsers know no type for these. */
const ACCEPT = 'image/*,.heic,.heif,.avif,.tif,.tiff'

export function UploadButton(props: ButtonProps) {
  const user = useUser()
  return (
    <FileButton multiple accept={ACCEPT} onChange={(files) => void uploadFiles(user, files)}>
      {({ onClick }) => (
        <Button
          leftSection={<UploadIcon size={17} aria-hidden />}
          onPointerEnter={() => void loadUploader(user)}
          onClick={onClick}
          {...props}
        >
          {words.upload.button}
        </Button>
      )}
    </FileButton>
  )
}
