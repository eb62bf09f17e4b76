import t from 'tap'
import { acceptsWebp, prefersJson } from '../../src/images/negotiation.ts'

t.test('a description goes to those who like it better than any picture', async (t) => {
  for (const accept of [
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/json, */*;q=0.1',
    'image/*;q=0.5, application/json',
  ]) {
    t.equal(prefersJson(accept), true, accept)
  }
  for (const accept of [
    undefined,
    '',
    '*/*',
    'image/*',
    'image/jpeg',
    'application/json, text/plain, */*',
    'application/json;q=0.9, image/webp',
    'application/json;q=0',
    'application/*',
    'text/html',
    ',;,q=1,application/json;q=x;q=0',
  ]) {
    t.equal(prefersJson(accept), accept?.startsWith(',') ?? false, String(accept))
  }
})

t.test('WebP goes to those who name it', async (t) => {
  for (const accept of ['image/webp', 'image/avif,image/webp,*/*;q=0.8', 'IMAGE/WEBP;q=0.1']) {
    t.equal(acceptsWebp(accept), true, accept)
  }
  for (const accept of [undefined, '', '*/*', 'image/*', 'image/webp;q=0', 'image/webpx', 'image/png']) {
    t.equal(acceptsWebp(accept), false, String(accept))
  }
})
