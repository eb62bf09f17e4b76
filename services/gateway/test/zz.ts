import { openDatabase } from '@tintype/database'
import { createTestDatabase, startTcpProxy } from '@tintype/testkit'
import t from 'tap'

t.test('x', async (t) => {
  const { url } = await createTestDatabase(t)
  const postgres = await startTcpProxy(t, url)
  const d = openDatabase(postgres.url)
  let hangs = 0
  for (let i = 0; i < 60; i++) {
    for (let k = 0; k < 50; k++) {
      try {
        await Promise.all([d.ping(), d.ping(), d.ping()])
        break
      } catch (e) {
        if (k === 49) console.error('no restore', e)
      }
    }
    const t0=performance.now(); await Promise.race([postgres.cut(), new Promise((r)=>setTimeout(()=>{r(0)},3000))]); if (performance.now()-t0>2000) console.error(i,'CUT HANGS')
    const r = await Promise.race([
      d.ping().then(
        () => 'ok',
        (e) => e.code,
      ),
      new Promise((r) => setTimeout(() => r('HANG'), 3000)),
    ])
    if (r === 'HANG') {
      hangs++
      console.error(i, r)
    }
    await postgres.restore()
  }
  console.error('hangs', hangs)
  t.teardown(() => d.close())
})
