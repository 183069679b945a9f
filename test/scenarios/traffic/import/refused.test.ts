import { join } from 'node:path'
import t from 'tap'
import { importSumo } from '../../../../scenarios/traffic/import/index.ts'
import { readText, STREET_NET, STREET_ROUTES } from '../../../fixtures/sumo.ts'

interface Case {
  readonly what: string
  /** Replaced in the street's network or routes. */
  readonly net?: readonly [string, string]
  readonly routes?: readonly [string, string]
  readonly says: RegExp
  readonly code?: string
}

const CASES: readonly Case[] = [
  {
    what: 'broken XML',
    net: ['</edge>', '</egde>'],
    says: /net\.xml:9: expected well-formed XML, got: .*; write the file again/,
  },
  { what: 'a file cut off', net: ['</net>', ''], says: /net\.xml:\d+: expected well-formed XML/ },
  { what: 'files in the wrong order', net: ['<net ', '<routes '], says: /well-formed|begins with <net>/ },
  {
    what: 'an edge without an end',
    net: ['id="WC" from="W"', 'id="WC"'],
    says: /net\.xml:23: <edge id="WC">: attribute from is missing; add it/,
  },
  {
    what: 'an edge to a junction that is not there',
    net: ['id="WC" from="W"', 'id="WC" from="X"'],
    says: /<edge id="WC">: from: expected a junction of this file, got "X"; write the network again/,
  },
  {
    what: 'a speed that is no number',
    net: ['speed="8.33"', 'speed="fast"'],
    says: /<lane id="CN_0">: speed: expected a number of at least 0\.001, got "fast"/,
  },
  {
    what: 'a shape that is none',
    net: ['shape="101.60,10.00 101.60,100.00"', 'shape="101.60;10.00"'],
    says: /<lane id="CN_0">: shape: expected places like/,
  },
  {
    what: 'a connection from a lane that is not there',
    net: ['from="WC" to="CN" fromLane="2"', 'from="WC" to="CN" fromLane="3"'],
    says: /<connection>: fromLane: expected a lane of edge WC, 0 to 2, got "3"/,
  },
  {
    what: 'a connection to an edge that is not there',
    net: ['from="WC" to="CN"', 'from="WC" to="CX"'],
    says: /<connection>: to: expected an edge of this file, got "CX"/,
  },
  {
    what: 'a connection over an internal lane that is not there',
    net: ['via=":C_2_0"', 'via=":C_9_0"'],
    says: /via: expected an internal lane of this file, got ":C_9_0"/,
  },
  {
    what: 'a direction that SUMO does not have',
    net: ['linkIndex="2" dir="l"', 'linkIndex="2" dir="up"'],
    says: /<connection>: dir: expected one of s, l, L, r, R, t, T, got "up"/,
  },
  {
    what: 'a traffic light without a programme',
    net: ['<tlLogic id="C"', '<tlLogic id="X"'],
    says: /<connection>: tl: expected a <tlLogic> of this file, got "C"/,
  },
  {
    what: 'two traffic lights at one junction',
    net: ['tl="C" linkIndex="4"', 'tl="B" linkIndex="4"'],
    says: /expected one traffic light at junction C, got C and B; .*netconvert/,
  },
  {
    what: 'a state with too few letters',
    net: ['state="rrrrr"', 'state="rrrr"'],
    says: /<tlLogic id="C">: expected a state with a letter for signal 4, got "rrrr"/,
  },
  {
    what: 'traffic on the left',
    net: ['<net version="1.9"', '<net version="1.9" lefthand="true"'],
    says: /<net>: lefthand: expected traffic on the right, got "true"; .*netconvert --lefthand false/,
  },
  {
    what: 'a route over an edge that is not there',
    routes: ['edges="WC CN"', 'edges="WC CX"'],
    says: /rou\.xml:10: <route>: edges: expected edges of .*net\.xml, got "CX"; make routes for this network/,
  },
  {
    what: 'a route over edges that do not meet',
    routes: ['edges="WC CN"', 'edges="WC ED"'],
    says: /<route>: edges: expected edges that connections join, got WC and ED/,
  },
  {
    what: 'a vehicle of a type that is not there',
    routes: ['<vType id="lorry"', '<vType id="truck"'],
    says: /<vehicle id="a">: type: expected a vType that is defined before, got "lorry"; name the file/,
  },
  {
    what: 'a vehicle on a route that is not there',
    routes: ['depart="0.40" route="through"', 'depart="0.40" route="round"'],
    says: /<vehicle id="a">: route: expected the id of a route that is defined before, got "round"/,
  },
  {
    what: 'a departure that is no time',
    routes: ['depart="0:01:00"', 'depart="1:2"'],
    says: /<vehicle id="b">: depart: expected seconds, or hours:minutes:seconds, got "1:2"/,
  },
  {
    what: 'a departure that hangs on people',
    routes: ['depart="0:01:00"', 'depart="triggered"'],
    says: /<vehicle id="b">: depart: expected a time, got "triggered"/,
  },
  {
    what: 'a flow that does not say how much',
    routes: [' vehsPerHour="2400"', ''],
    says: /<flow id="d">: expected vehsPerHour, period, probability, or number with end, got none of them/,
  },
  {
    what: 'a flow without an end',
    routes: [' end="10" vehsPerHour', ' vehsPerHour'],
    says: /<flow id="d">: expected end or number, got neither/,
  },
  {
    what: 'a vehicle that goes nowhere',
    routes: ['<route edges="WC"/>', ''],
    says: /<vehicle id="short">: expected a route as a list of edges, or edges in from and to, got neither/,
  },
  {
    what: 'an empty distribution',
    routes: ['<vType id="lorry" vClass="truck" maxSpeed="10" tau="1.5"/>', '<vTypeDistribution id="lorry"/>'],
    says: /<vehicle id="a">: expected a distribution of at least one member, got none/,
  },
  {
    what: 'a distribution of routes that are not there',
    routes: ['<route id="through"', '<routeDistribution id="x" routes="y"/><route id="through"'],
    says: /<routeDistribution id="x">: routes: expected names that are defined before \(y is not\), got "y"/,
  },
  {
    what: 'a network without lanes for cars',
    net: ['</net>', '<edge id="x" from="W" to="C"/></net>'],
    says: /<edge id="x">: expected at least one lane, got none/,
  },
]

t.test('a broken SUMO scenario is refused with file, line, element and remedy', async (t) => {
  for (const { what, net, routes, says, code = 'ERR_FILE_INVALID' } of CASES) {
    const replaced = (text: string, change?: readonly [string, string]) => {
      if (change) t.ok(text.includes(change[0]), `${what}: the fixture has ${change[0]}`)
      return change ? text.replace(...change) : text
    }
    const folder = t.testdir({
      'net.xml': replaced(readText(STREET_NET), net),
      'rou.xml': replaced(readText(STREET_ROUTES), routes),
    })
    await t.rejects(
      importSumo(join(folder, 'net.xml'), [join(folder, 'rou.xml')], { begin: 0, seed: 0 }),
      { code, message: says },
      what,
    )
  }
})

t.test('files that are not there, or of another kind, are named', async (t) => {
  const folder = t.testdir({ 'damaged.gz': 'no gzip' })
  const options = { begin: 0, seed: 0 }
  await t.rejects(importSumo(join(folder, 'none.xml'), [STREET_ROUTES], options), {
    code: 'ERR_FILE_MISSING',
    message: /none\.xml: cannot be read \(ENOENT\); check the path/,
  })
  await t.rejects(importSumo(STREET_ROUTES, [STREET_NET], options), {
    code: 'ERR_FILE_INVALID',
    message: /expected a SUMO network, which begins with <net>, got <routes>; the network comes first/,
  })
  await t.rejects(importSumo(join(folder, 'damaged.gz'), [STREET_ROUTES], options), {
    code: 'ERR_FILE_INVALID',
    message: /damaged\.gz: expected a gzipped file/,
  })
})
