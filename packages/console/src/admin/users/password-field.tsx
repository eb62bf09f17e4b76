import { Button, TextInput, type TextInputProps } from '@mantine/core'
import { Dices } from 'lucide-react'
import { adminWords } from '../../words/en-admin.ts'

const w = adminWords.users

/** A password that somebody else is told: it is shown, or it could not be told. */
export function PasswordField({
  onGenerate,
  ...rest
}: TextInputProps & { onGenerate: (password: string) => void }) {
  return (
    <TextInput
      label={w.password}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      styles={{ input: { fontFamily: 'monospace' } }}
      {...rest}
      rightSectionWidth={156}
      rightSection={
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<Dices size={14} aria-hidden />}
          onClick={() => onGenerate(generatePassword())}
        >
          {w.generate}
        </Button>
      }
    />
  )
}

/** Letters and digits that are not taken for one another: 32 of them, 5 bits each. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'

/** 20 characters, 100 bits. */
function generatePassword(): string {
  const random = crypto.getRandomValues(new Uint8Array(20))
  return Array.from(random, (byte) => ALPHABET[byte % ALPHABET.length]).join('')
}
