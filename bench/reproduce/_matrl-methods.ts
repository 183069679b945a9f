const METHODS: Readonly<Record<string, string>> = {
  all: 'MATRL',
  'no-stable-point': 'without the stable point (IL-LA)',
  'no-response': 'without the best response',
  independent: 'independent PPO',
}

/** What a training with `--algorithm matrl` learned by, as pages call it. @param options that its sweep varies */
export function methodOf({ parts, responseSteps }: Readonly<Record<string, unknown>>): string {
  const name = METHODS[String(parts)]!
  return responseSteps === undefined ? name : `${name}, ${String(responseSteps as number)} gradient steps`
}
