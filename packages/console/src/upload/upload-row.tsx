import { ActionIcon, Group, Progress, Text } from '@mantine/core'
import { Check, Pause, Play, RotateCcw, X } from 'lucide-react'
import { formatBytes } from '../parts/format.ts'
import { words } from '../words/index.ts'
import type { Upload } from './upload.ts'
import classes from './upload-panel.module.css'
import type { Uploader } from './uploader.ts'

export interface UploadRowProps {
  upload: Upload
  tell: (what: (uploader: Uploader) => void) => void
}

export function UploadRow({ upload, tell }: UploadRowProps) {
  const { id, name, bytes, sentBytes, state, canRetry } = upload
  const isUnderWay = state === 'waiting' || state === 'sending' || state === 'paused'
  return (
    <li className={classes.row} data-state={state}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" truncate title={name}>
          {name}
        </Text>
        <Group gap={2} wrap="nowrap">
          {state === 'done' && <Check size={18} color="var(--mantine-color-teal-text)" aria-hidden />}
          {isUnderWay && (
            <Action
              label={state === 'paused' ? words.upload.resume(name) : words.upload.pause(name)}
              icon={state === 'paused' ? Play : Pause}
              onClick={() => tell((uploader) => uploader.pauseOrResume(id))}
            />
          )}
          {canRetry && (
            <Action
              label={words.upload.retry(name)}
              icon={RotateCcw}
              onClick={() => tell((uploader) => uploader.retry(id))}
            />
          )}
          {state !== 'done' && (
            <Action
              label={isUnderWay ? words.upload.cancel(name) : words.upload.remove(name)}
              icon={X}
              onClick={() => tell((uploader) => uploader.remove(id))}
            />
          )}
        </Group>
      </Group>
      {isUnderWay && (
        <Progress
          value={bytes === 0 ? 0 : (sentBytes / bytes) * 100}
          color={state === 'paused' ? 'gray' : undefined}
          size="xs"
          my={4}
          aria-label={words.upload.fileProgress(name)}
        />
      )}
      <Text size="xs" c={state === 'refused' ? 'red' : 'dimmed'}>
        {detailOf(upload)}
      </Text>
    </li>
  )
}

function detailOf({ state, bytes, sentBytes, reason }: Upload): string {
  switch (state) {
    case 'waiting':
      return words.upload.waiting
    case 'paused':
      return words.upload.paused
    case 'sending':
      return words.account.of(formatBytes(sentBytes), formatBytes(bytes))
    case 'done':
      return words.upload.sent
    case 'cut-off':
      return words.upload.cutOff
    case 'refused':
      return reason ?? words.upload.refused
  }
}

function Action({ label, icon: Icon, onClick }: { label: string; icon: typeof Pause; onClick: () => void }) {
  return (
    <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} title={label} onClick={onClick}>
      <Icon size={15} aria-hidden />
    </ActionIcon>
  )
}
