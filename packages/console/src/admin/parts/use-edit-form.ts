import { type UseFormReturnType, useForm } from '@mantine/form'
import { useLayoutEffect, useRef } from 'react'

/**
 * A form of what the server has, which others may edit meanwhile: what is
 * touched here stays, and what is not is shown as it is there now.
 */
export function useEditForm<Values extends object>(current: Values): UseFormReturnType<Values> {
  const form = useForm<Values>({ initialValues: current })
  const known = useRef(current)
  useLayoutEffect(() => {
    const news = changesOf(current, known.current)
    const touched = changesOf(form.getValues(), known.current)
    known.current = current
    const untouched = Object.entries(news).filter(([field]) => !Object.hasOwn(touched, field))
    if (untouched.length > 0) form.setValues(Object.fromEntries(untouched) as Partial<Values>)
  })
  return form
}

/** The fields whose values are not what they were. */
export function changesOf<Values extends object>(values: Values, before: Values): Partial<Values> {
  const isSame = (field: string) =>
    JSON.stringify(values[field as keyof Values]) === JSON.stringify(before[field as keyof Values])
  return Object.fromEntries(Object.entries(values).filter(([field]) => !isSame(field))) as Partial<Values>
}
