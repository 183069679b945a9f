import t from 'tap'
import { StepBudget } from '../../../runtime/launch/step-budget.ts'

t.test('segments get what is left, and what they did not use is given out again', async (t) => {
  const budget = new StepBudget(100, 70, 1)
  t.equal(budget.claim(16), 16)
  t.equal(budget.claim(16), 14)
  t.equal(budget.claim(16), 0)
  budget.giveBack(5)
  t.equal(budget.claim(16), 5)
})

t.test('decisions are given out whole, and the last one goes beyond the total', async (t) => {
  const budget = new StepBudget(100, 70, 15)
  t.equal(budget.claim(15), 15)
  budget.giveBack(4)
  t.equal(budget.claim(150), 30)
  t.equal(budget.claim(150), 0)
})

t.test('a joined segment gets all of its steps or none', async (t) => {
  const budget = new StepBudget(20, 0, 1)
  t.equal(budget.grant(16), true)
  t.equal(budget.grant(16), false)
  t.equal(budget.claim(16), 4)
})

t.test('the last steps wait for those that are granted, until these are taken or revoked', async (t) => {
  for (const end of ['settle', 'revoke'] as const) {
    const budget = new StepBudget(20, 4, 1)
    await budget.allSettled()
    budget.grant(6)
    // There are steps left to work on.
    await budget.allSettled()
    budget.claim(10)
    let isSettled = false
    const settled = budget.allSettled().then(() => {
      isSettled = true
    })
    await Promise.resolve()
    t.equal(isSettled, false)
    if (end === 'settle') budget.settle(6)
    else budget.revokeGrants()
    await settled
    t.equal(budget.claim(16), end === 'settle' ? 0 : 6)
  }
})
