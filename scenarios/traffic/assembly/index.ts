// AssemblyScript: the kernels of traffic, as `TrafficKernel` declares them.

export { observeSignals, paySignals, pressure } from './observe'
export { clear } from './reset'
export { advancePlan, show, startPlan } from './signals'
export { spawn } from './spawn'
export { commit, drive, mark, transfer } from './step'
