import { resolveSweep, runSweep, type SweepConfig, type SweepSummary } from '../../runtime/launch/index.ts'

/** Trains what a sweep's file says, so many at a time. Where the folder has runs of it that are done, they stay; one that was stopped goes on. */
export async function trainSweep(
  file: string,
  folder: string,
  jobs = 1,
): Promise<{ readonly sweep: SweepConfig; readonly trained: SweepSummary }> {
  const sweep = await resolveSweep(file, [{ source: 'flag', name: 'jobs', values: { jobs } }])
  const trained = await runSweep(sweep, folder, new AbortController().signal, {
    log: (line) => console.error(line),
    begin: () => {},
    training(run, number, of) {
      console.error(`training ${number} of ${of}: ${run.combination.name}, seed ${run.seed}`)
      return { log: () => {}, progress: () => {}, evaluation: () => {} }
    },
  })
  const failed = trained.runs.filter(({ state }) => state !== 'done')
  if (failed.length > 0) throw new Error(`not trained: ${failed.map((run) => run.folder).join(', ')}`)
  return { sweep, trained }
}
