import { Group, NumberInput, type NumberInputProps, Select } from '@mantine/core'
import { useState } from 'react'
import { adminWords } from '../../words/en-admin.ts'

const UNITS = {
  B: 1,
  kB: 1e3,
  KiB: 1024,
  MB: 1e6,
  MiB: 1024 ** 2,
  GB: 1e9,
  GiB: 1024 ** 3,
  TB: 1e12,
  TiB: 1024 ** 4,
}
type Unit = keyof typeof UNITS
const NAMES = Object.keys(UNITS) as Unit[]

interface BytesFieldProps extends Omit<NumberInputProps, 'value' | 'onChange' | 'label'> {
  label: string
  /** Bytes; empty where nothing is typed. */
  value?: number | string
  onChange: (bytes: number | string) => void
}

/** A number of bytes, typed in the unit that people think in. */
export function BytesField({ label, value = '', onChange, ...rest }: BytesFieldProps) {
  const [unit, setUnit] = useState<Unit>(() => wholeUnitOf(Number(value)))
  const factor = UNITS[unit]
  return (
    <Group gap={6} align="flex-end" wrap="nowrap">
      <NumberInput
        label={label}
        min={0}
        decimalScale={3}
        thousandSeparator=" "
        hideControls
        flex={1}
        {...rest}
        value={value === '' ? '' : Number(value) / factor}
        onChange={(typed) => onChange(typed === '' ? '' : Math.round(Number(typed) * factor))}
      />
      <Select
        w={84}
        aria-label={adminWords.tiers.unit(label)}
        data={NAMES}
        value={unit}
        allowDeselect={false}
        onChange={(next) => {
          const chosen = NAMES.find((name) => name === next)
          if (chosen === undefined) return
          setUnit(chosen)
          // The number that is shown stays, and means as many of the new unit.
          if (value !== '') onChange(Math.round((Number(value) / factor) * UNITS[chosen]))
        }}
      />
    </Group>
  )
}

/** The largest unit of which it is a whole number. */
function wholeUnitOf(bytes: number): Unit {
  return NAMES.findLast((name) => bytes >= UNITS[name] && Number.isInteger(bytes / UNITS[name])) ?? 'MB'
}
