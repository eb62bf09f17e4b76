import {
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { formatDuration } from '../../parts/format.ts'
import { adminWords } from '../../words/en-admin.ts'
import { formatNumber } from '../parts/format-tier.ts'
import { choicesOf } from '../parts/use-filters.ts'
import { BytesField } from './bytes-field.tsx'
import type { TierValues } from './tier-values.ts'

const w = adminWords.tiers

/** Every field of a tier. */
export function TierFields({ form }: { form: UseFormReturnType<TierValues> }) {
  const { values } = form
  const number = (field: keyof TierValues) => ({
    label: w.fields[field],
    min: 0,
    allowDecimal: false,
    thousandSeparator: ' ',
    hideControls: true,
    ...form.getInputProps(field),
  })
  const seconds = (field: 'linkMinSeconds' | 'linkMaxSeconds') => ({
    ...number(field),
    description: `${w.hints.seconds}: ${values[field] === '' ? '–' : formatDuration(Number(values[field]))}`,
  })
  const check = (field: 'originalAccess' | 'linkAccess' | 'isDefault') => (
    <Switch
      label={w.fields[field]}
      description={w.hints[field]}
      {...form.getInputProps(field, { type: 'checkbox' })}
    />
  )
  return (
    <Stack>
      <Fieldset legend={w.groups.general}>
        <Stack>
          <TextInput
            label={w.fields.name}
            maxLength={64}
            autoComplete="off"
            {...form.getInputProps('name')}
          />
          {check('isDefault')}
        </Stack>
      </Fieldset>
      <Fieldset legend={w.groups.pictures}>
        <Stack>
          <TagsInput
            label={w.fields.thumbnailHeights}
            description={w.hints.thumbnailHeights}
            inputMode="numeric"
            splitChars={[',', ' ', ';']}
            acceptValueOnBlur
            {...form.getInputProps('thumbnailHeights')}
          />
          {check('originalAccess')}
          <Checkbox.Group
            label={w.fields.conversionFormats}
            description={w.hints.conversionFormats}
            {...form.getInputProps('conversionFormats')}
          >
            <Group mt={8}>
              {choicesOf(w.formatNames).map(({ value, label }) => (
                <Checkbox key={value} value={value} label={label} />
              ))}
            </Group>
          </Checkbox.Group>
          <Select
            label={w.fields.generation}
            description={w.hints.generation}
            data={choicesOf(w.generations)}
            allowDeselect={false}
            {...form.getInputProps('generation')}
          />
        </Stack>
      </Fieldset>
      <Fieldset legend={w.groups.links}>
        <Stack>
          {check('linkAccess')}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <NumberInput {...seconds('linkMinSeconds')} />
            <NumberInput {...seconds('linkMaxSeconds')} />
          </SimpleGrid>
        </Stack>
      </Fieldset>
      <Fieldset legend={w.groups.limits}>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <BytesField label={w.fields.quotaBytes} {...form.getInputProps('quotaBytes')} />
          <NumberInput {...number('quotaImages')} />
          <BytesField label={w.fields.maxUploadBytes} {...form.getInputProps('maxUploadBytes')} />
          <NumberInput
            {...number('maxPixels')}
            label={`${w.fields.maxPixels}, ${w.megapixels(formatNumber(Number(values.maxPixels) / 1e6))}`}
          />
        </SimpleGrid>
      </Fieldset>
      <Fieldset legend={w.groups.rates}>
        <SimpleGrid cols={{ base: 1, xs: 3 }}>
          <NumberInput {...number('readsPerMinute')} />
          <NumberInput {...number('uploadsPerMinute')} />
          <NumberInput {...number('linksPerMinute')} />
        </SimpleGrid>
      </Fieldset>
    </Stack>
  )
}
