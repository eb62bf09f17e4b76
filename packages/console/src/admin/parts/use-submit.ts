import type { UseFormReturnType } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { fieldErrorsOf } from './field-errors.ts'
import { refreshAfterChange } from './queries.ts'

/**
 * Sends what a form holds. What the server says of its fields is shown beside
 * them, and what is typed stays; what else it says is the `problem`.
 */
export function useSubmit<Values extends object, Result>(
  form: UseFormReturnType<Values>,
  send: (values: Values) => Promise<Result>,
  onDone: (result: Result) => void,
) {
  const queryClient = useQueryClient()
  const [problem, setProblem] = useState<unknown>(null)
  const { mutate, isPending } = useMutation({
    mutationFn: send,
    onMutate: () => setProblem(null),
    async onSuccess(result) {
      await refreshAfterChange(queryClient)
      onDone(result)
    },
    onError(error) {
      const known = Object.entries(fieldErrorsOf(error)).filter(([field]) =>
        Object.hasOwn(form.getValues(), field),
      )
      if (known.length === 0) return setProblem(error)
      form.setErrors(Object.fromEntries(known))
      const [[first = ''] = []] = known
      form.getInputNode(first)?.focus()
    },
  })
  return { submit: form.onSubmit((values) => mutate(values)), send: mutate, isPending, problem }
}
