import t from 'tap'
import { bindViews, planLayout, type Views } from '../../../runtime/core/memory/layout.ts'
import {
  Plan,
  type SignalColumns,
  SignalControl,
  type SignalTiming,
  signalColumns,
} from '../../../scenarios/traffic/signals.ts'

const AT_ONCE: SignalTiming = {
  isSwitch: false,
  firstPhase: 0,
  mostPhases: 100,
  decisionSteps: 5,
  minGreen: 0,
  yellow: 0,
  yellowPhase: 0,
  allRed: 0,
}

/** One signal of four phases, and what it shows in each step. */
class Junction {
  readonly control: SignalControl
  readonly action = new Uint16Array(1)
  readonly state: Views<SignalColumns>
  readonly #timing: SignalTiming
  #shown = Number.NaN

  constructor(timing: Partial<SignalTiming> = {}) {
    this.#timing = { ...AT_ONCE, ...timing }
    const layout = planLayout(signalColumns(1))
    this.state = bindViews(layout, new SharedArrayBuffer(layout.bytes))
    this.control = new SignalControl(this.#timing, this.state, this.action, {
      interval: 1,
      phaseCount: () => 4,
      show: (_, phase) => {
        this.#shown = phase
      },
      shown: () => this.#shown,
      secondsOf: (_, phase) => phase + 1,
    })
    this.control.reset()
  }

  /** Steps with an action asked for at each decision. @returns the phases shown, as text; r is red for all */
  play(actions: readonly number[]): string {
    let shown = ''
    for (const action of actions) {
      this.action[0] = action
      this.control.decide()
      for (let step = 0; step < this.#timing.decisionSteps; step++) {
        shown += this.#shown < 0 ? 'r' : String(this.#shown)
        this.control.advance(0, 1)
      }
      shown += ' '
    }
    return shown.trim()
  }
}

t.test('an action shows its phase at once and until the next one', async (t) => {
  t.equal(new Junction().play([0, 2, 2, 1]), '00000 22222 22222 11111')
})

t.test('between two greens yellow is shown, and then red for all', async (t) => {
  const timing = { firstPhase: 1, yellow: 2, yellowPhase: 0, allRed: 1 }
  t.equal(new Junction(timing).play([0, 1, 1, 0]), '11111 00r22 22222 00r11')
})

t.test('a green that goes on has no yellow', async (t) => {
  t.equal(new Junction({ yellow: 3 }).play([0, 0, 0]), '00000 00000 00000')
})

t.test('red for all without a yellow', async (t) => {
  t.equal(new Junction({ allRed: 2 }).play([1, 1]), 'rr111 11111')
})

t.test('a green lasts its least time, whatever is asked', async (t) => {
  t.equal(new Junction({ minGreen: 10 }).play([1, 1, 2, 3, 2]), '00000 00000 22222 22222 22222')
})

t.test('an action that is no phase of the signal leaves it as it is', async (t) => {
  t.equal(new Junction({ mostPhases: 3 }).play([2, 3, 77, 1]), '22222 22222 22222 11111')
})

t.test('a signal that can only switch goes through its phases in turn', async (t) => {
  t.equal(new Junction({ isSwitch: true }).play([0, 1, 1, 0, 1, 1]), '00000 11111 22222 22222 33333 00000')
})

t.test('who asks for a phase where signals only switch gets there by switching', async (t) => {
  const junction = new Junction({ isSwitch: true })
  const shown: string[] = []
  for (let i = 0; i < 4; i++) {
    junction.control.ask(0, 2)
    shown.push(junction.play([junction.action[0]!]))
  }
  t.same(shown, ['11111', '22222', '22222', '22222'])
})

t.test(
  "a signal follows its file's programme while that is wished, and then goes back to its choice",
  async (t) => {
    const junction = new Junction({ firstPhase: 1 })
    const shown: string[] = []
    for (const isPlanned of [false, true, true, false]) {
      if (isPlanned) junction.state.plan[0]! |= Plan.wanted
      shown.push(junction.play([0]))
    }
    // Its phases last 1, 2, 3 and 4 s.
    t.same(shown, ['11111', '01122', '23333', '11111'])
  },
)
