/**
 * The one place where TensorFlow.js is imported, so that every module, backend and peer package
 * shares one engine. It is the umbrella package: `tfjs-core` alone registers no gradients in Node.
 */
export * as tf from '@tensorflow/tfjs'
