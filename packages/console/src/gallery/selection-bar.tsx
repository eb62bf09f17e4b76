import { Button, CloseButton, Group, Menu, Paper, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Download, Trash2 } from 'lucide-react'
import { client } from '../app/client.ts'
import { localUrl } from '../app/local-url.ts'
import { useUser } from '../app/session.ts'
import { targetsOf } from '../images/targets.ts'
import { notifyFailure } from '../parts/notify.tsx'
import { words } from '../words/index.ts'
import classes from './selection-bar.module.css'
import type { Selection } from './use-selection.ts'

export interface SelectionBarProps {
  selection: Selection
  loadedIds: () => string[]
  onDelete: () => void
}

/** As many as the API puts into one. */
const MAX_IN_ZIP = 1000

/** What can be done with what is selected. */
export default function SelectionBar({ selection, loadedIds, onDelete }: SelectionBarProps) {
  const targets = targetsOf(useUser().tier)
  const zip = useMutation({
    mutationFn: (rendition: string) => client.archives.create({ ids: [...selection.ids], rendition }),
    onSuccess: ({ url }) => location.assign(localUrl(url)),
    onError: notifyFailure,
  })
  const isTooMany = selection.ids.size > MAX_IN_ZIP
  return (
    <Paper
      className={classes.bar}
      withBorder
      shadow="md"
      p="xs"
      role="toolbar"
      aria-label={words.gallery.selected(selection.ids.size)}
    >
      <Group gap="xs" wrap="nowrap">
        <CloseButton onClick={selection.clear} aria-label={words.gallery.clearSelection} />
        <Text size="sm" fw={600} aria-live="polite" style={{ whiteSpace: 'nowrap' }}>
          {words.gallery.selected(selection.ids.size)}
        </Text>
      </Group>
      <Group gap="xs">
        <Button size="xs" variant="subtle" onClick={() => selection.selectAll(loadedIds())}>
          {words.gallery.selectAll}
        </Button>
        <Menu>
          <Menu.Target>
            <Button
              size="xs"
              variant="default"
              leftSection={<Download size={15} aria-hidden />}
              loading={zip.isPending}
              disabled={targets.length === 0 || isTooMany}
            >
              {isTooMany ? words.gallery.zipLimit(MAX_IN_ZIP) : words.gallery.downloadZip}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{words.gallery.zipTarget}</Menu.Label>
            {targets.map(({ name, label }) => (
              <Menu.Item key={name} onClick={() => zip.mutate(name)}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <Button size="xs" color="red" leftSection={<Trash2 size={15} aria-hidden />} onClick={onDelete}>
          {words.common.delete}
        </Button>
      </Group>
    </Paper>
  )
}
