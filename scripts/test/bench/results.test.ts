import t from 'tap'
import { parseArguments } from '../../bench/arguments.ts'
import { asJsonLine, fromJsonLines } from '../../bench/result-lines.ts'
import { type Goal, resultOf } from '../../bench/results.ts'
import { alternate } from '../../bench/rounds.ts'
import { quantile, spreadOf } from '../../bench/statistics.ts'
import { formatNumber, markdownTable } from '../../bench/table.ts'

t.test('the middle of measurements lies between neighbours where there is none', async (t) => {
  t.same(spreadOf([9, 1, 4]), { median: 4, min: 1, max: 9 })
  t.same(spreadOf([9, 1, 4, 6]), { median: 5, min: 1, max: 9 })
  t.equal(quantile([...Array(101).keys()], 0.99), 99)
  t.throws(() => quantile([], 0.5), RangeError)
})

t.test('a goal is held or missed by the medians', async (t) => {
  const held = (goal: Goal, ours: number, beside?: number) =>
    resultOf({ name: 'x', unit: 'ms', ours: [ours], ...(beside && { beside: [beside] }), goal }).held
  t.equal(held({ of: 'ratio', atLeast: 0.85 }, 85, 100), true)
  t.equal(held({ of: 'ratio', atLeast: 0.85 }, 84, 100), false)
  t.equal(held({ of: 'ratio', atMost: 4 }, 401, 100), false)
  t.equal(held({ of: 'ours', atMost: 60 }, 60), true)
  t.equal(held({ of: 'ours', atMost: 60 }, 61, 1000), false)
  t.equal(held({ of: 'difference', atMost: 80 }, 180, 100), true)
  t.equal(held({ of: 'difference', atMost: 80 }, 181, 100), false)
  t.throws(() => held({ of: 'ratio', atLeast: 1 }, 1), /nothing beside/)
  t.equal(resultOf({ name: 'x', unit: 'ms', ours: [1] }).held, undefined)
})

t.test('a result comes back from its line, whatever is printed around it', async (t) => {
  const full = resultOf({
    ...{ name: 'derive', unit: 'images/s', ours: [40, 42, 44], beside: [50, 52, 48] },
    ...{ goal: { of: 'ratio', atLeast: 0.85 }, note: 'beside: a loop' },
  })
  const bare = resultOf({ name: 'growth', unit: 'ms', ours: [3] })
  const printed = `\n> tintype@0.1.0 bench\n${asJsonLine(full)}\nsomething\n${asJsonLine(bare)}\n`
  t.same(fromJsonLines(printed), [full, bare])
  const keys = ['name', 'ours', 'beside', 'unit', 'ratio', 'goal', 'held']
  t.same(Object.keys(JSON.parse(asJsonLine(bare))).slice(0, keys.length), keys)
  t.match(JSON.parse(asJsonLine(full)), { ours: 42, beside: 50, ratio: 0.84, goal: '≥ 0.85 ×', held: false })
})

t.test('the table says what was measured, against what, and whether it is enough', async (t) => {
  const result = resultOf({
    ...{ name: 'link', unit: 'req/s', ours: [100, 90, 130], beside: [125] },
    ...{ goal: { of: 'ratio', atLeast: 0.6 }, note: 'a | b' },
  })
  const [, , row] = markdownTable([result]).split('\n')
  t.equal(row, '| link | 100 (90–130) | 125 | req/s | 0.8 | ≥ 0.6 × | held | a \\| b |')
  t.same([1234.5, 12.34, 0.99684, 1].map(formatNumber), ['1235', '12.3', '0.9968', '1'])
})

t.test('measurements take turns, and change who goes first', async (t) => {
  const order: string[] = []
  const note = (name: string) => async () => order.push(name)
  const taken = await alternate(3, { ours: note('ours'), beside: note('beside') })
  t.same(order, ['ours', 'beside', 'beside', 'ours', 'ours', 'beside'])
  t.same(taken, { ours: [1, 4, 5], beside: [2, 3, 6] })
})

t.test('arguments that mean nothing are refused before anything is started', async (t) => {
  const known = ['derive', 'link']
  t.match(parseArguments(['link', '--json'], known), { names: ['link'], rounds: 5, output: 'json' })
  t.match(parseArguments(['--quick'], known), { names: [], rounds: 1, output: 'text' })
  t.throws(() => parseArguments(['lynk'], known), /no bench lynk/)
  t.throws(() => parseArguments(['--rounds', '0'], known), /--rounds/)
})
