// AssemblyScript: the kernels of traffic, as `TrafficKernel` declares them.

export { adopt, leaderOf, push, remove, waitsAt } from './commands'
export { formatNumber, formatted } from './digits'
export { changeLanes } from './lane-change'
export { observeSignals, paySignals, pressure } from './observe'
export { settle } from './pairs'
export { seedGenerator } from './random'
export { clear } from './reset'
export { show } from './signals'
export { spawn } from './spawn'
export { commit, drive, mark, transfer } from './step'
export { wish } from './wishes'
