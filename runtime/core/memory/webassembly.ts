/** The part of the WebAssembly interface that Manyfold uses; Node's own types leave it to the DOM library. */
declare global {
  namespace WebAssembly {
    interface MemoryDescriptor {
      readonly initial: number
      readonly maximum: number
      readonly shared: true
    }
    class Memory {
      constructor(descriptor: MemoryDescriptor)
      readonly buffer: SharedArrayBuffer
    }
    class Module {
      constructor(bytes: Uint8Array)
    }
    class Instance {
      constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>)
      readonly exports: Readonly<Record<string, unknown>>
    }
  }
}

export {}
