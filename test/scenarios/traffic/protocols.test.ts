import t from 'tap'
import { cityflowReference, skipWithoutCityflow } from '../../fixtures/cityflow.ts'
import { Simulation } from './_drive.ts'

/** Average travel times that CityFlow and an independent script gave, seconds: of the engine, and on entering lanes. */
const MEASURED: readonly (readonly [
  data: string,
  controller: string,
  decision: number,
  engine: string,
  entering: string,
])[] = [
  ['jinan_3x4/config.json', 'fixed-time', 15, '499.90', '415.82'],
  ['jinan_3x4/config.json', 'max-pressure', 15, '321.13', '261.00'],
  ['jinan_3x4/config_anon_3_4_jinan_real_2000.json', 'fixed-time', 15, '412.64', '351.77'],
  ['jinan_3x4/config_anon_3_4_jinan_real_2000.json', 'max-pressure', 15, '293.52', '230.11'],
  ['jinan_3x4/config_anon_3_4_jinan_real_2500.json', 'fixed-time', 15, '445.70', '369.53'],
  ['jinan_3x4/config_anon_3_4_jinan_real_2500.json', 'max-pressure', 15, '290.81', '229.69'],
  ['hangzhou_4x4/config.json', 'fixed-time', 15, '567.49', '475.68'],
  ['hangzhou_4x4/config.json', 'max-pressure', 15, '334.22', '268.49'],
  ['hangzhou_4x4/config_anon_4_4_hangzhou_real_5816.json', 'fixed-time', 15, '558.54', '394.19'],
  ['hangzhou_4x4/config_anon_4_4_hangzhou_real_5816.json', 'max-pressure', 15, '442.10', '337.40'],
  ['syn_4x4_gaussian_500_1h/config.json', 'fixed-time', 15, '717.37', '501.34'],
  ['syn_4x4_gaussian_500_1h/config.json', 'max-pressure', 15, '394.24', '355.64'],
  ['jinan_3x4/config.json', 'fixed-time', 30, '540.87', '466.09'],
  ['jinan_3x4/config.json', 'max-pressure', 30, '327.82', '268.27'],
  ['hangzhou_4x4/config.json', 'fixed-time', 30, '668.18', '590.75'],
  ['hangzhou_4x4/config.json', 'max-pressure', 30, '365.84', '301.41'],
]

/** Average travel times of the files' own programmes in CityFlow, to as many digits as were kept. */
const PROGRAMMES = [
  ['cityflow_example_1x1/config.json', '120.655'],
  ['hangzhou_4x4/config.json', '525.275'],
  ['jinan_3x4/config.json', '444.837'],
  ['atlanta_1x5/config.json', '1115.854'],
  ['syn_4x4_gaussian_500_1h/config.json', '606.522'],
  ['grid_6x6/config_flow_rw_12000.json', '388.065'],
] as const

t.test("CoLight's protocol gives the travel times that were measured with CityFlow", async (t) => {
  for (const [data, controller, decisionInterval, engine, entering] of MEASURED) {
    const name = `data/${data}`
    t.test(
      `${data}, ${controller} every ${decisionInterval} s`,
      { skip: skipWithoutCityflow(name) },
      async (t) => {
        const simulation = new Simulation({
          data: cityflowReference(name),
          protocol: 'colight',
          decisionInterval,
        })
        simulation.run(3600, controller)
        const { averageTravelTime, enteringTravelTime } = simulation.metrics
        t.same([averageTravelTime!.toFixed(2), enteringTravelTime!.toFixed(2)], [engine, entering])
      },
    )
  }
})

t.test("the files' own programmes give CityFlow's average travel times", async (t) => {
  for (const [data, expected] of PROGRAMMES) {
    const name = `data/${data}`
    t.test(data, { skip: skipWithoutCityflow(name) }, async (t) => {
      const simulation = new Simulation({ data: cityflowReference(name) })
      simulation.run(3600, 'plan')
      t.equal(simulation.metrics['averageTravelTime']!.toFixed(3), expected)
    })
  }
})
