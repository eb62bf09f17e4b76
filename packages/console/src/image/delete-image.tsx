import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Trash2 } from 'lucide-react'
import { useLocation } from 'wouter'
import DeleteImages from '../images/delete-images.tsx'
import { words } from '../words/index.ts'

export function DeleteImage({ id }: { id: string }) {
  const [isAsking, question] = useDisclosure()
  const [, navigate] = useLocation()
  return (
    <>
      <Button
        variant="subtle"
        color="red"
        leftSection={<Trash2 size={16} aria-hidden />}
        onClick={question.open}
        style={{ flex: 'none' }}
      >
        {words.common.delete}
      </Button>
      <DeleteImages ids={[id]} isOpen={isAsking} onDeleted={() => navigate('/')} onClose={question.close} />
    </>
  )
}
