import { useMutation, useQueryClient } from '@tanstack/react-query'
import { notifyDone, notifyFailure } from '../../parts/notify.tsx'
import { refreshAfterChange } from './queries.ts'

/** Does something at the press of a button, says whether it was done, and has shown what is new. */
export function useAction<Input = void, Result = unknown>(
  act: (input: Input) => Promise<Result>,
  { done, onDone }: { done: (result: Result, input: Input) => string; onDone?: (result: Result) => void },
) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: act,
    async onSuccess(result, input) {
      notifyDone(done(result, input))
      onDone?.(result)
      await refreshAfterChange(queryClient)
    },
    onError: notifyFailure,
  })
}
