import t from 'tap'
import { chooseLink, findDeadEnd, leadsTo } from '../../../scenarios/traffic/lane-choice.ts'
import type { NetworkGraph } from '../../../scenarios/traffic/network.ts'

const IN = 0
const OUT = 1
const LAST = 2

/** Three roads of three lanes in a row, and lane links as [from, to], counting lanes through. */
function graphOf(links: readonly (readonly [number, number])[]): NetworkGraph {
  const starts = links.map(([from]) => from)
  const lanes = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  const ofLane = (lane: number) => links.flatMap(([from], link) => (from === lane ? [link] : []))
  return {
    roadLanesFrom: Int32Array.of(0, 3, 6, 9),
    laneRoad: Int32Array.from(lanes, (lane) => Math.floor(lane / 3)),
    laneLinksFrom: Int32Array.from([...lanes, 9], (lane) => starts.filter((from) => from < lane).length),
    laneLinks: Int32Array.from(lanes.flatMap(ofLane)),
    linkEnd: Int32Array.from(links, ([, to]) => to),
  } as NetworkGraph
}

t.test('the lane link that ends nearest to the own index is chosen, the first of equals', async (t) => {
  const graph = graphOf([
    [1, 5],
    [1, 3],
    [0, 5],
    [0, 4],
  ])
  t.equal(chooseLink(graph, 1, OUT, -1), 0, 'one lane aside on either hand')
  t.equal(chooseLink(graph, 0, OUT, -1), 3)
  t.equal(chooseLink(graph, 2, OUT, -1), -1)
  t.equal(chooseLink(graph, 1, LAST, -1), -1)
})

t.test('only lanes that go on to the road after count', async (t) => {
  const graph = graphOf([
    [0, 3],
    [0, 5],
    [5, 8],
  ])
  t.equal(chooseLink(graph, 0, OUT, LAST), 1)
  t.equal(chooseLink(graph, 0, OUT, -1), 0)
  t.equal(chooseLink(graph, 0, OUT, IN), -1)
  t.same([leadsTo(graph, 5, LAST), leadsTo(graph, 3, LAST)], [true, false])
})

t.test('a route is followed from each lane that it may start on', async (t) => {
  const through: [number, number][] = [
    [0, 3],
    [3, 6],
    [2, 5],
  ]
  t.same(findDeadEnd(graphOf(through), [IN, OUT, LAST]), { lane: 2, next: OUT, afterNext: LAST })
  t.equal(findDeadEnd(graphOf([...through, [5, 8]]), [IN, OUT, LAST]), undefined)
  t.equal(findDeadEnd(graphOf(through), [IN, OUT]), undefined)
})
