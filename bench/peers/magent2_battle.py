"""Agent-steps per second of MAgent2's own engine in random battles, for docs/performance.md.

    python3 -m venv /tmp/magent2 && /tmp/magent2/bin/pip install magent2 numpy
    /tmp/magent2/bin/python bench/peers/magent2_battle.py --agents 10000 --observations

The rules, map sizes and initial placements are those of `manyfold bench battle --agents N`. Prints one
JSON line: `policy` is drawing the random actions (numpy), `observe` get_observation, `step` all the rest
(set_action, step, get_reward, clear_dead), in seconds.
"""

import argparse
import json
import math
import time

import numpy as np
from magent2.environments.battle.battle import get_config
from magent2.gridworld import GridWorld

ACTIONS = 21
EPISODE = 400


def block(left, top, side, size):
    cells = [(x, y) for x in range(left, left + side, 2) for y in range(top, top + side, 2)]
    return [(x, y) for x, y in cells if 0 < x < size - 1 and 0 < y < size - 1]


def armies(size):
    """MAgent2's own initial placement on a map of size x size."""
    side = int(math.sqrt(size * size * 0.04)) * 2
    top = (size - side) // 2
    return block(size // 2 - 3 - side, top, side, size), block(size // 2 + 3, top, side, size)


def map_size(per_army):
    """The smallest map on which both armies get `per_army` agents."""
    size = 12
    while len(armies(size)[0]) < per_army:
        size += 1 if size > 0.98 * math.sqrt(per_army / 0.04) - 4 else 8
    while len(armies(size - 1)[0]) >= per_army:
        size -= 1
    return size


class Battle:
    def __init__(self, per_army, placement, seed):
        size = map_size(per_army)
        self.size = size
        self.per_army = per_army
        self.placement = placement
        self.seconds = {"observe": 0.0, "policy": 0.0, "step": 0.0}
        self.places = [[(x, y, 0) for x, y in cells[:per_army]] for cells in armies(size)]
        config = get_config(size, True, seed, -0.005, -0.1, -0.1, 0.2)
        self.env = GridWorld(config, map_size=size)
        self.handles = self.env.get_handles()
        self.reset()

    def reset(self):
        self.env.reset()
        self.steps = 0
        for handle, places in zip(self.handles, self.places):
            if self.placement == "uniform":
                self.env.add_agents(handle, method="random", n=self.per_army)
            else:
                self.env.add_agents(handle, method="custom", pos=places)

    def step(self, random, observe):
        """One step of all agents; returns how many acted."""
        env = self.env
        acted = 0
        actions = []
        start = time.perf_counter()
        if observe:
            for handle in self.handles:
                env.get_observation(handle)
        seen = time.perf_counter()
        for handle in self.handles:
            count = env.get_num(handle)
            acted += count
            actions.append(random.integers(0, ACTIONS, count, dtype=np.int32))
        chosen = time.perf_counter()
        for handle, action in zip(self.handles, actions):
            env.set_action(handle, action)
        done = env.step()
        for handle in self.handles:
            env.get_reward(handle)
        env.clear_dead()
        end = time.perf_counter()
        for phase, seconds in (("observe", seen - start), ("policy", chosen - seen), ("step", end - chosen)):
            self.seconds[phase] += seconds
        self.steps += 1
        if done or self.steps >= EPISODE:
            self.reset()
        return acted


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--warmup", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--placement", choices=["armies", "uniform"], default="armies")
    parser.add_argument("--observations", action="store_true", help="fetch all observations in every step")
    given = parser.parse_args()
    battle = Battle(given.agents // 2, given.placement, given.seed)
    random = np.random.default_rng(given.seed)
    for _ in range(given.warmup):
        battle.step(random, given.observations)
    battle.seconds = dict.fromkeys(battle.seconds, 0.0)
    start = time.perf_counter()
    agent_steps = sum(battle.step(random, given.observations) for _ in range(given.steps))
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "engine": "magent2",
                "agents": given.agents,
                "mapSize": battle.size,
                "observations": given.observations,
                "steps": given.steps,
                "placement": given.placement,
                "agentSteps": agent_steps,
                "seconds": seconds,
                "agentStepsPerSecond": round(agent_steps / seconds),
                "phases": battle.seconds,
                "nanosecondsPerAgent": {k: round(v / agent_steps * 1e9, 1) for k, v in battle.seconds.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
