import { ActionIcon, Button, Group, TextInput, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { Image } from '@tintype/sdk'
import { Pencil } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { client } from '../app/client.ts'
import { putImage } from '../images/gallery-query.ts'
import { nameOf } from '../images/tile.ts'
import { explain } from '../parts/explain.ts'
import { useFocusWhenBack } from '../parts/use-focus-when-back.ts'
import { words } from '../words/index.ts'

export function ImageTitle({ image }: { image: Image }) {
  const [typed, setTyped] = useState<string>()
  const pencil = useFocusWhenBack<HTMLButtonElement>(typed !== undefined)
  const rename = useMutation({
    mutationFn: (title: string) => client.images.update(image.id, { title }),
    onSuccess(renamed) {
      putImage(renamed)
      setTyped(undefined)
    },
  })

  if (typed === undefined) {
    return (
      <Group gap={4} wrap="nowrap" flex={1} miw={0}>
        <Title order={1} size="h3" lineClamp={1} style={{ overflowWrap: 'anywhere' }}>
          {nameOf(image)}
        </Title>
        <ActionIcon
          ref={pencil}
          variant="subtle"
          color="gray"
          aria-label={words.image.rename}
          onClick={() => setTyped(image.title)}
        >
          <Pencil size={17} aria-hidden />
        </ActionIcon>
      </Group>
    )
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    rename.mutate(typed?.trim() ?? '')
  }
  return (
    <form onSubmit={submit} style={{ flex: 1 }}>
      <Group gap="xs" align="flex-start">
        <TextInput
          aria-label={words.image.title}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={({ key }) => key === 'Escape' && setTyped(undefined)}
          error={rename.error && explain(rename.error)}
          autoFocus
          flex="1 1 170px"
          miw={170}
          maw={480}
        />
        <Button type="submit" loading={rename.isPending}>
          {words.image.save}
        </Button>
        <Button variant="default" onClick={() => setTyped(undefined)}>
          {words.common.cancel}
        </Button>
      </Group>
    </form>
  )
}
