import t from 'tap'
import { encodeForm } from '../src/form.ts'

t.test('a form is read as it was written', async (t) => {
  const file = new Blob(['--a\r\npicture\r\n'], { type: 'image/jpeg' })
  const filename = 'Höhe "1"\r\n.jpg'
  const { body, contentType } = encodeForm(file, { filename, title: 'Die Höhe: «1»' })
  const form = await new Response(body, { headers: { 'content-type': contentType } }).formData()
  t.strictSame([...form.keys()], ['title', 'file'])
  t.equal(form.get('title'), 'Die Höhe: «1»')
  const read = form.get('file') as File
  t.equal(read.name, filename)
  t.equal(read.type, 'image/jpeg')
  t.equal(await read.text(), await file.text())
})

t.test('what has no type and no title is a form all the same', async (t) => {
  const { body, contentType } = encodeForm(new Blob(['x']), { filename: 'a', title: undefined })
  const form = await new Response(body, { headers: { 'content-type': contentType } }).formData()
  t.strictSame([...form.keys()], ['file'])
  t.equal((form.get('file') as File).type, 'application/octet-stream')
})
