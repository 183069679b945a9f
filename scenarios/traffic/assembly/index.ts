// AssemblyScript: the kernels of traffic, as `TrafficKernel` declares them.

export { changeLanes } from './lane-change'
export { observeSignals, paySignals, pressure } from './observe'
export { settle } from './pairs'
export { clear } from './reset'
export { advancePlan, show } from './signals'
export { spawn } from './spawn'
export { commit, drive, mark, transfer } from './step'
export { wish } from './wishes'
