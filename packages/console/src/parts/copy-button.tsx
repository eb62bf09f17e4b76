import { ActionIcon, Tooltip, VisuallyHidden } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { Check, CopyIcon } from 'lucide-react'
import { useEffect } from 'react'
import { words } from '../words/index.ts'
import { notifyFailure } from './notify.tsx'

/** Copies a text, and says so. */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const { copy, copied, error } = useClipboard({ timeout: 2000 })
  // Over plain HTTP no browser lets a page copy: then it is shown, to be copied by hand.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each failure is told once
  useEffect(() => {
    if (error !== null) notifyFailure(new Error(words.common.notCopied(value)))
  }, [error])
  return (
    <>
      <Tooltip label={copied ? words.common.copied : words.common.copy} withArrow>
        <ActionIcon
          variant="subtle"
          color={copied ? 'teal' : 'gray'}
          onClick={() => copy(value)}
          aria-label={label}
        >
          {copied ? <Check size={17} aria-hidden /> : <CopyIcon size={17} aria-hidden />}
        </ActionIcon>
      </Tooltip>
      <VisuallyHidden role="status">{copied ? words.common.copied : ''}</VisuallyHidden>
    </>
  )
}
