/** What a child process tells its parent, over Node's own channel. */
export type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'message'; readonly message: unknown }

/** What a parent tells its child process. */
export type ParentMessage =
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'message'; readonly message: unknown }
