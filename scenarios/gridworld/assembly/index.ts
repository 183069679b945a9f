// AssemblyScript: the kernels of grid worlds, compiled to WebAssembly SIMD by `npm run build`.

export { aim, shuffle, strike, upkeep } from './attack'
export { compact, fillGaps, renew, settle, sortByTile } from './list'
export { apply, claim, decide, moveInTurn, rank } from './move'
export { dense, listEngaged, pack, packMinimaps } from './observe'
