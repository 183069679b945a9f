/** Draws a page's charts, in the browser. It has Chart.js before it and the charts' data beside it in the page. */
import type { ChartConfiguration, ChartDataset, Chart as ChartOfLibrary, Plugin, TooltipItem } from 'chart.js'
import type { ChartData, CurvesData, IntervalsData } from './chart-data.ts'

declare const Chart: typeof ChartOfLibrary

/** Colours of the page's style, --series-0 … */
const SERIES_COLOURS = 8
/** Of a chart of curves, without its legend. */
const PLOT_PIXELS = 290
/** Of a chart of intervals: each row, and what is around them. */
const ROW_PIXELS = 34
const FRAME_PIXELS = 110

interface Colours {
  readonly text: string
  readonly muted: string
  readonly grid: string
  readonly surface: string
  series(index: number): string
  /** The same, so thin that a line in front of it is seen. */
  band(index: number): string
}

function coloursOfPage(): Colours {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(name).trim()
  const series = (index: number) => read(`--series-${index % SERIES_COLOURS}`)
  return {
    text: read('--text'),
    muted: read('--muted'),
    grid: read('--grid'),
    surface: read('--surface'),
    series,
    band: (index) => `${series(index)}33`,
  }
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 })
const exact = new Intl.NumberFormat('en', { maximumSignificantDigits: 5 })
const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 5, useGrouping: false })
/** From here on a number on an axis is shortened: 20K, 1.5M. */
const LONG = 10_000

function tickOf(value: number): string {
  return (Math.abs(value) < LONG ? plain : compact).format(value)
}

function axis(colours: Colours, label: string): object {
  return {
    title: { display: true, text: label, color: colours.text },
    ticks: { color: colours.muted, maxTicksLimit: 7, callback: tickOf },
    grid: { color: colours.grid },
    border: { color: colours.grid },
  }
}

const COMMON_OPTIONS = { animation: false, responsive: true, maintainAspectRatio: false } as const

/** Of a legend below its chart. */
const LEGEND_LABELS = { usePointStyle: true, boxHeight: 7, padding: 16 } as const

/** A second round through the colours has dashes. */
function dashOf(index: number): number[] {
  return index < SERIES_COLOURS ? [] : [6, 3]
}

/** However many lines the names of the curves take, the plot above them keeps its height. */
const ROOM_FOR_LEGEND: Plugin = {
  id: 'room-for-legend',
  afterLayout({ canvas, legend }) {
    const height = `${PLOT_PIXELS + Math.ceil(legend?.height ?? 0)}px`
    const { style } = canvas.parentElement!
    if (style.height !== height) style.height = height
  },
}

type CurveSet = ChartDataset<'line', { x: number; y: number }[]>

/** Each curve is three data sets: its line, and the invisible lower and upper edge of its band. */
function curves({ xLabel, yLabel, band, curves }: CurvesData, colours: Colours): ChartConfiguration<'line'> {
  const datasets = curves.flatMap(({ name, points, series }): CurveSet[] => {
    const edge = (sign: number): CurveSet => ({
      label: '',
      data: points.map(({ x, y, spread }) => ({ x, y: y + sign * spread })),
      borderWidth: 0,
      pointRadius: 0,
      pointHitRadius: 0,
      pointHoverRadius: 0,
    })
    return [
      {
        label: name,
        data: points.map(({ x, y }) => ({ x, y })),
        borderColor: colours.series(series),
        backgroundColor: colours.series(series),
        borderWidth: 2,
        borderDash: dashOf(series),
        // A single point has no line.
        pointRadius: points.length === 1 ? 3 : 0,
      },
      edge(-1),
      { ...edge(1), fill: '-1', backgroundColor: colours.band(series) },
    ]
  })
  const tooltip = (item: TooltipItem<'line'>): string => {
    const { name, points } = curves[item.datasetIndex / 3]!
    const { y, spread } = points[item.dataIndex]!
    return `${name}: ${exact.format(y)}${spread > 0 ? ` ± ${exact.format(spread)}` : ''}`
  }
  return {
    type: 'line',
    data: { datasets },
    plugins: [ROOM_FOR_LEGEND as Plugin<'line'>],
    options: {
      ...COMMON_OPTIONS,
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      scales: {
        x: { type: 'linear', ...axis(colours, xLabel), beginAtZero: true },
        y: { type: 'linear', ...axis(colours, yLabel) },
      },
      plugins: {
        legend: {
          position: 'bottom',
          labels: {
            ...LEGEND_LABELS,
            color: colours.text,
            pointStyle: 'line',
            filter: ({ datasetIndex }) => datasetIndex! % 3 === 0,
          },
          onClick(_, { datasetIndex }, { chart }) {
            const isShown = !chart.isDatasetVisible(datasetIndex!)
            for (let part = 0; part < 3; part++) chart.setDatasetVisibility(datasetIndex! + part, isShown)
            chart.update()
          },
        },
        tooltip: {
          filter: ({ datasetIndex }) => datasetIndex % 3 === 0,
          callbacks: {
            title: ([first]) => (first ? `${exact.format(first.parsed.x!)} ${xLabel}, mean ${band}` : ''),
            label: tooltip,
          },
        },
      },
    },
  }
}

/** Rows below each other: a bar from end to end of the interval, the value on it, single values around it. */
function intervals(data: IntervalsData, colours: Colours): ChartConfiguration {
  const { rows, label, range, valueName, intervalName, pointsName } = data
  const names = rows.map(({ name }) => name)
  const describe = ({ dataIndex }: TooltipItem<'bar' | 'line' | 'scatter'>): string => {
    const { value, interval } = rows[dataIndex]!
    const ends = interval === undefined ? '' : `, ${interval.map((end) => exact.format(end)).join(' to ')}`
    return `${exact.format(value)}${ends}`
  }
  return {
    type: 'bar',
    data: {
      labels: names,
      datasets: [
        {
          type: 'line',
          label: valueName,
          data: rows.map(({ value }) => value),
          showLine: false,
          // A value at the end of the axis is seen whole.
          clip: false,
          pointStyle: 'circle',
          pointRadius: 5,
          pointHoverRadius: 6,
          borderColor: colours.surface,
          backgroundColor: colours.series(0),
          borderWidth: 1.5,
          order: 0,
        },
        ...(pointsName === undefined
          ? []
          : [
              {
                type: 'scatter' as const,
                label: pointsName,
                clip: false as const,
                data: rows.flatMap(({ name, points = [] }) => points.map((x) => ({ x, y: name }))),
                pointStyle: 'circle',
                pointRadius: 3,
                borderColor: colours.muted,
                backgroundColor: 'transparent',
                borderWidth: 1.25,
                order: 1,
              },
            ]),
        {
          type: 'bar',
          label: intervalName,
          data: rows.map(({ interval }) => (interval ? [interval[0], interval[1]] : null)),
          backgroundColor: `${colours.series(0)}66`,
          pointStyle: 'rect',
          barThickness: 8,
          minBarLength: 2,
          borderRadius: 4,
          borderSkipped: false,
          order: 2,
        },
      ],
    },
    options: {
      ...COMMON_OPTIONS,
      indexAxis: 'y',
      interaction: { mode: 'nearest', axis: 'y', intersect: false },
      scales: {
        x: {
          type: 'linear',
          ...axis(colours, label),
          beginAtZero: false,
          ...(range === undefined ? { grace: '5%' } : { min: range[0], max: range[1] }),
        },
        y: {
          type: 'category',
          ticks: { color: colours.text, autoSkip: false },
          grid: { color: colours.grid },
          border: { color: colours.grid },
        },
      },
      plugins: {
        legend: {
          position: 'bottom',
          labels: { ...LEGEND_LABELS, color: colours.text },
        },
        tooltip: {
          filter: ({ dataset }) => dataset.type === 'line',
          callbacks: { label: describe },
        },
      },
    },
  } as ChartConfiguration
}

function configure(data: ChartData, colours: Colours): ChartConfiguration {
  return data.kind === 'curves' ? (curves(data, colours) as ChartConfiguration) : intervals(data, colours)
}

const charts = JSON.parse(document.querySelector('#charts')!.textContent!) as readonly ChartData[]
const canvases = [...document.querySelectorAll<HTMLCanvasElement>('canvas[data-chart]')]
let drawn: ChartOfLibrary[] = []

function draw(): void {
  for (const chart of drawn) chart.destroy()
  const colours = coloursOfPage()
  Chart.defaults.font = { ...Chart.defaults.font, family: getComputedStyle(document.body).fontFamily }
  drawn = canvases.map((canvas) => {
    const data = charts[Number(canvas.dataset['chart'])]!
    if (data.kind === 'intervals') {
      canvas.parentElement!.style.height = `${FRAME_PIXELS + ROW_PIXELS * data.rows.length}px`
    }
    return new Chart(canvas, configure(data, colours))
  })
  document.body.dataset['drawn'] = String(drawn.length)
}

draw()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
