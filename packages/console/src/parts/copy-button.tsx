import { ActionIcon, CopyButton as Copy, Tooltip } from '@mantine/core'
import { Check, CopyIcon } from 'lucide-react'
import { words } from '../words/index.ts'

/** Copies a text, and says so. */
export function CopyButton({ value, label }: { value: string; label: string }) {
  return (
    <Copy value={value} timeout={2000}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? words.common.copied : words.common.copy} withArrow>
          <ActionIcon variant="subtle" color={copied ? 'teal' : 'gray'} onClick={copy} aria-label={label}>
            {copied ? <Check size={17} aria-hidden /> : <CopyIcon size={17} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      )}
    </Copy>
  )
}
