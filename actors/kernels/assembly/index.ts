// AssemblyScript: the kernels of policies, compiled to WebAssembly SIMD by `npm run build`.

export { sumBlock } from './account'
export { choose, chooseRandomly } from './choose'
export { ascend, hearOthers, recur, sumRows } from './exchange'
export { evaluate, sharedLayer } from './network'
