import {
  Alert,
  Button,
  Group,
  NumberInput,
  Paper,
  PasswordInput,
  Select,
  Stack,
  TextInput,
} from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { NewLink, Tier } from '@tintype/sdk'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { client } from '../app/client.ts'
import { targetsOf } from '../images/targets.ts'
import { explain } from '../parts/explain.ts'
import { formatDuration } from '../parts/format.ts'
import { words } from '../words/index.ts'

export interface NewLinkFormProps {
  imageId: string
  tier: Tier
  onClose: () => void
}

/** What is often wanted, in seconds; of these, those that the tier allows. */
const DURATIONS = [300, 900, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600]
const OWN = 'own'

export function NewLinkForm({ imageId, tier, onClose }: NewLinkFormProps) {
  const targets = targetsOf(tier)
  const durations = durationsOf(tier)
  const [target, setTarget] = useState(targets[0]?.name ?? '')
  const [duration, setDuration] = useState(String(durations.includes(3600) ? 3600 : (durations[0] ?? OWN)))
  const [seconds, setSeconds] = useState<number | string>(tier.linkMinSeconds)
  const [maxUses, setMaxUses] = useState<number | string>('')
  const [password, setPassword] = useState('')
  const [filename, setFilename] = useState('')
  const queries = useQueryClient()
  const form = useRef<HTMLFormElement>(null)
  // The button that opened it is gone. A field would open its list.
  useEffect(() => form.current?.focus(), [])

  const creation = useMutation({
    mutationFn: (link: NewLink) => client.links.create(imageId, link),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['links', imageId] })
      onClose()
    },
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    creation.mutate({
      target,
      expiresIn: Number(duration === OWN ? seconds : duration),
      ...(maxUses === '' ? {} : { maxUses: Number(maxUses) }),
      ...(password === '' ? {} : { password }),
      ...(filename.trim() === '' ? {} : { filename: filename.trim() }),
    })
  }

  return (
    <Paper
      component="form"
      ref={form}
      tabIndex={-1}
      withBorder
      p="md"
      onSubmit={submit}
      aria-label={words.links.new}
    >
      <Stack gap="sm">
        {creation.isError && (
          <Alert color="red" role="alert">
            {explain(creation.error)}
          </Alert>
        )}
        <Select
          label={words.links.target}
          value={target}
          onChange={(value) => setTarget(value ?? '')}
          data={targets.map(({ name, label }) => ({ value: name, label }))}
          allowDeselect={false}
        />
        <Select
          label={words.links.duration}
          value={duration}
          onChange={(value) => setDuration(value ?? OWN)}
          data={[
            ...durations.map((each) => ({ value: String(each), label: formatDuration(each) })),
            { value: OWN, label: words.links.durations.own },
          ]}
          allowDeselect={false}
        />
        {duration === OWN && (
          <NumberInput
            label={words.links.seconds}
            description={words.links.secondsRange(tier.linkMinSeconds, tier.linkMaxSeconds)}
            value={seconds}
            onChange={setSeconds}
            min={tier.linkMinSeconds}
            max={tier.linkMaxSeconds}
            // What is out of range is told, and not made another number.
            clampBehavior="none"
            allowDecimal={false}
            required
          />
        )}
        <NumberInput
          label={words.links.maxUses}
          description={words.links.maxUsesHint}
          value={maxUses}
          onChange={setMaxUses}
          min={1}
          allowDecimal={false}
        />
        <PasswordInput
          label={words.links.password}
          description={words.links.passwordHint}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <TextInput
          label={words.links.filename}
          description={words.links.filenameHint}
          value={filename}
          onChange={(event) => setFilename(event.currentTarget.value)}
          maxLength={255}
        />
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>
            {words.common.cancel}
          </Button>
          <Button type="submit" loading={creation.isPending}>
            {words.links.make}
          </Button>
        </Group>
      </Stack>
    </Paper>
  )
}

/** Besides the usual ones, the longest that there is. */
function durationsOf({ linkMinSeconds, linkMaxSeconds }: Tier): number[] {
  const usual = DURATIONS.filter((seconds) => seconds >= linkMinSeconds && seconds < linkMaxSeconds)
  return [...usual, linkMaxSeconds]
}
