// AssemblyScript: what a step brought to a group.

/**
 * Adds up a block of agents: the sum of their rewards, and in `counts` how many of those that go on
 * took each action.
 *
 * @param actions [count] u16
 * @param rewards [count] f32
 * @param next    [count] i32, below 0 for who terminated
 * @param counts  [actions] i32, added to
 */
export function sumBlock(actions: usize, rewards: usize, next: usize, count: i32, counts: usize): f64 {
  let total: f64 = 0
  for (let i: usize = 0; i < <usize>count; i++) {
    total += load<f32>(rewards + (i << 2))
    if (load<i32>(next + (i << 2)) < 0) continue
    const at = counts + (<usize>load<u16>(actions + (i << 1)) << 2)
    store<i32>(at, load<i32>(at) + 1)
  }
  return total
}
