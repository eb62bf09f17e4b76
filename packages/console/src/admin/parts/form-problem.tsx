import { Alert } from '@mantine/core'
import { explain } from '../../parts/explain.ts'
import { adminWords } from '../../words/en-admin.ts'

/** Why a form was not saved, where that is about none of its fields. */
export function FormProblem({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null
  return (
    <Alert color="red" variant="light" role="alert" title={adminWords.forms.notSaved}>
      {explain(error)}
    </Alert>
  )
}
