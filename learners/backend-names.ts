/** Every compute backend that TensorFlow.js can run on here. */
export const BACKEND_NAMES = ['tfjs-node-gpu', 'webgpu', 'tfjs-node', 'wasm', 'cpu'] as const

export type BackendName = (typeof BACKEND_NAMES)[number]

/** `auto` takes the fastest backend that is installed and works. */
export type BackendChoice = 'auto' | BackendName
