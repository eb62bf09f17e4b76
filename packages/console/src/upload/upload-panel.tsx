import { ActionIcon, Button, Collapse, Group, Paper, Progress, ScrollArea, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { ChevronDown, ChevronUp, X } from 'lucide-react'
import { useUser } from '../app/session.ts'
import { words } from '../words/index.ts'
import classes from './upload-panel.module.css'
import { UploadRow } from './upload-row.tsx'
import type { Uploader } from './uploader.ts'
import { useUploads, withUploader } from './uploads.ts'

/** What is being uploaded and what became of it. */
export default function UploadPanel() {
  const user = useUser()
  const uploads = useUploads()
  const [isOpen, panel] = useDisclosure(true)
  const tell = (what: (uploader: Uploader) => void) => withUploader(user, what)

  const counted = uploads.filter(({ state }) => state !== 'refused')
  const refused = uploads.filter(({ state }) => state === 'refused')
  const done = uploads.filter(({ state }) => state === 'done').length
  const bytes = counted.reduce((sum, upload) => sum + upload.bytes, 0)
  const sentBytes = counted.reduce((sum, upload) => sum + upload.sentBytes, 0)
  const isActive = uploads.some(({ state }) => state === 'waiting' || state === 'sending')
  const isPaused = !isActive && uploads.some(({ state }) => state === 'paused')

  return (
    <Paper
      component="section"
      aria-label={words.upload.title}
      withBorder
      shadow="lg"
      className={classes.panel}
    >
      <Group justify="space-between" wrap="nowrap" p="sm">
        <div>
          <Text fw={600} size="sm">
            {words.upload.title}
          </Text>
          <Text size="xs" c="dimmed" role="status">
            {words.upload.progress(done, uploads.length, refused.length)}
          </Text>
        </div>
        <Group gap={4} wrap="nowrap">
          {(isActive || isPaused) && (
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => tell((uploader) => (isPaused ? uploader.resumeAll() : uploader.pauseAll()))}
            >
              {isPaused ? words.upload.resumeAll : words.upload.pauseAll}
            </Button>
          )}
          {isActive || isPaused ? (
            <Button
              size="compact-xs"
              variant="subtle"
              color="red"
              onClick={() => tell((uploader) => uploader.cancelAll())}
            >
              {words.upload.cancelAll}
            </Button>
          ) : (
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={words.upload.clear}
              onClick={() => tell((uploader) => uploader.clearDone())}
            >
              <X size={18} aria-hidden />
            </ActionIcon>
          )}
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-expanded={isOpen}
            aria-label={isOpen ? words.upload.collapse : words.upload.expand}
            onClick={panel.toggle}
          >
            {isOpen ? <ChevronDown size={18} aria-hidden /> : <ChevronUp size={18} aria-hidden />}
          </ActionIcon>
        </Group>
      </Group>
      <Progress
        radius={0}
        size={4}
        value={bytes === 0 ? 0 : (sentBytes / bytes) * 100}
        aria-label={words.upload.allProgress}
      />
      <Collapse expanded={isOpen}>
        <ScrollArea.Autosize mah={280} scrollbars="y" viewportProps={{ tabIndex: 0 }}>
          <ul className={classes.list}>
            {/* What went wrong is seen without looking for it. */}
            {[...refused, ...counted].map((upload) => (
              <UploadRow key={upload.id} upload={upload} tell={tell} />
            ))}
          </ul>
        </ScrollArea.Autosize>
      </Collapse>
    </Paper>
  )
}
