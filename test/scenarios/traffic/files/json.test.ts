import { join } from 'node:path'
import t from 'tap'
import { JsonKind, parseJsonDocument, readJsonDocument } from '../../../../scenarios/traffic/files/json.ts'

const parse = (text: string | Uint8Array) => parseJsonDocument('file.json', Buffer.from(text))
const numberIn = (text: string) => parse(text).value[0]!
const { integer, number } = JsonKind

/** Worked out by hand from the rules of rapidjson's `ParseNumber`; the comment says what decides. */
const NUMBERS: readonly { readonly text: string; readonly value: number; readonly kind: number }[] = [
  { text: '0', value: 0, kind: integer },
  { text: '-12', value: -12, kind: integer },
  { text: '4294967296', value: 2 ** 32, kind: integer },
  // The integer −0 is 0, the double is not.
  { text: '-0', value: 0, kind: integer },
  { text: '-0.0', value: -0, kind: number },
  // 64 bits hold all but the last: unsigned above 0, signed below.
  { text: '18446744073709551615', value: 2 ** 64, kind: integer },
  { text: '18446744073709551616', value: 2 ** 64, kind: number },
  { text: '-9223372036854775808', value: -(2 ** 63), kind: integer },
  { text: '-9223372036854775809', value: -(2 ** 63), kind: number },
  // Behind 64 bits digits are added one by one, each time rounded.
  {
    text: '123456789012345678901234',
    value: [1, 2, 3, 4].reduce((sum, digit) => sum * 10 + digit, Number('12345678901234567890')),
    kind: number,
  },
  { text: '3.0', value: 3, kind: number },
  { text: '3e0', value: 3, kind: number },
  { text: '11.111', value: 11111 / 1e3, kind: number },
  { text: '2.5e-3', value: 25 / 1e4, kind: number },
  { text: '2.5E+3', value: 25 * 1e2, kind: number },
  // 17 digits pass 2^53 in the last step, which rounds 20880000000000006, halfway between, to the even neighbour.
  { text: '20.880000000000006', value: 20880000000000008 / 1e15, kind: number },
  // In front of the point these are 64 bits, rounded once; the 18th digit is still added.
  { text: '20880000000000006.0', value: (20880000000000008 * 10) / 10, kind: number },
  // No digit counts once the significand has passed 2^53 and 17 digits behind the first are read.
  { text: '0.12345678901234567899', value: 12345678901234568 / 1e17, kind: number },
  // Powers below 10^−308 are divided by in two steps.
  { text: '123e-310', value: 123 / 1e308 / 1e2, kind: number },
  { text: '1e-700', value: 0, kind: number },
  { text: '1e-99999999999999999999', value: 0, kind: number },
  { text: '0.000e311', value: 0, kind: number },
  { text: `1${'0'.repeat(20)}`, value: 1e20, kind: number },
  { text: `0.${'0'.repeat(20)}5`, value: 5 / 1e21, kind: number },
]

t.test('numbers are those of rapidjson, to the bit', async (t) => {
  const parsed = NUMBERS.map(({ text }) => ({ text, value: numberIn(text), kind: parse(text).kind[0] }))
  t.same(
    parsed.filter(({ value, kind }, i) => !Object.is(value, NUMBERS[i]!.value) || kind !== NUMBERS[i]!.kind),
    [],
  )
})

t.test('most decimals are nevertheless the nearest doubles', async (t) => {
  const texts = Array.from({ length: 2000 }, (_, i) => `${(i * 7919) % 100_003}.${i}5`)
  t.same(
    texts.filter((text) => numberIn(text) !== Number(text)),
    [],
  )
})

/** Texts that are not JSON, with the place and what is missed there. */
const BROKEN: readonly { readonly text: string; readonly at: string; readonly expected: string }[] = [
  { text: '', at: 'line 1, column 1', expected: 'a value, got the end of the file' },
  { text: '  \n ', at: 'line 2, column 2', expected: 'a value' },
  { text: '{"a": 1,}', at: 'line 1, column 9', expected: 'a key in double quotes, got "}"' },
  { text: '{"a" 1}', at: 'line 1, column 6', expected: '":" behind the key' },
  { text: '{"a": 1 "b": 2}', at: 'line 1, column 9', expected: '"," or "}" in the object' },
  { text: '[1,\n  2\n  3]', at: 'line 3, column 3', expected: '"," or "]" in the array, got "3]"' },
  { text: '[1', at: 'line 1, column 3', expected: '"," or "]" in the array, got the end of the file' },
  { text: '[1]]', at: 'line 1, column 4', expected: 'the end of the file' },
  { text: '["é", nul]', at: 'line 1, column 7', expected: 'a value, got "nul]"' },
  { text: 'NaN', at: 'line 1, column 1', expected: 'a value' },
  { text: '[01]', at: 'line 1, column 3', expected: '"," or "]" in the array' },
  { text: '[+1]', at: 'line 1, column 2', expected: 'a value' },
  { text: '[-]', at: 'line 1, column 3', expected: 'a digit' },
  { text: '[1.]', at: 'line 1, column 4', expected: 'a digit behind the point' },
  { text: '[1e]', at: 'line 1, column 4', expected: 'a digit in the exponent' },
  { text: '[1e309]', at: 'line 1, column 2', expected: 'a number that fits a double' },
  { text: `[${'9'.repeat(400)}]`, at: 'line 1, column 2', expected: 'a number that fits a double' },
  { text: '["a', at: 'line 1, column 4', expected: 'a closing double quote' },
  { text: '["a\nb"]', at: 'line 1, column 4', expected: 'a closing double quote' },
  { text: '["\\x"]', at: 'line 1, column 3', expected: 'an escape of JSON' },
  { text: '["\\u00g0"]', at: 'line 1, column 3', expected: 'four hexadecimal digits' },
  { text: '["a\\', at: 'line 1, column 4', expected: 'an escape of JSON' },
  { text: `${'['.repeat(65)}`, at: 'line 1, column 65', expected: 'at most 64 levels of nesting' },
  { text: '{"a":'.repeat(65), at: 'line 1, column 321', expected: 'at most 64 levels of nesting' },
  { text: '1\u0000', at: 'line 1, column 2', expected: 'the end of the file' },
]

t.test('what is not JSON is refused with its place', async (t) => {
  for (const { text, at, expected } of BROKEN) {
    t.throws(
      () => parse(text),
      { code: 'ERR_FILE_INVALID', message: new RegExp(escaped(`file.json: ${at}: expected ${expected}`)) },
      JSON.stringify(text.slice(0, 30)),
    )
  }
})

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

t.test('values stand in the order of the text, a container before what it holds', async (t) => {
  const { kind, value, end, key, offset, texts } = parse(' {"a": [1, true], "b": null, "a": "b"}')
  const { object, array, null: nothing, string } = JsonKind
  t.same([...kind], [object, array, integer, JsonKind.true, nothing, string])
  t.same([...end], [6, 4, 3, 4, 5, 6])
  t.same([...offset], [1, 7, 8, 11, 23, 34])
  t.same([value[0], value[1], value[5]], [3, 2, texts.indexOf('b')])
  t.same(
    [...key].map((number) => texts[number]),
    [undefined, 'a', undefined, undefined, 'b', 'a'],
  )
})

t.test('equal texts have one number, however they are written', async (t) => {
  const { value, texts, numberOf } = parse(
    '["ab", "a\\u0062", "abc", "", "a", "ab", "\\ud83d\\ude97", "🚗", "\\"\\\\\\/\\n"]',
  )
  t.same([...value.subarray(1)], [0, 0, 1, 2, 3, 0, 4, 4, 5])
  t.same(texts, ['ab', 'abc', '', 'a', '🚗', '"\\/\n'])
  t.equal(numberOf('abc'), 1)
  t.equal(numberOf('abcd'), -1)
})

t.test('many texts and values find room', async (t) => {
  const texts = Array.from({ length: 20_000 }, (_, i) => `road_${i}`)
  const document = parse(JSON.stringify([texts, texts, texts.map(() => [])]))
  t.same(document.texts, texts)
  t.same(document.value.subarray(2, 20_002), document.value.subarray(20_003, 40_003))
})

t.test('a byte order mark and blanks around the text count for nothing', async (t) => {
  t.equal(parse(Buffer.from([0xef, 0xbb, 0xbf, 0x20, 0x37, 0x0d, 0x0a])).value[0], 7)
})

t.test('a file that cannot be read is missing', async (t) => {
  const folder = t.testdir()
  t.throws(() => readJsonDocument(join(folder, 'none.json')), { code: 'ERR_FILE_MISSING', message: /ENOENT/ })
  t.throws(() => readJsonDocument(folder), { code: 'ERR_FILE_MISSING', message: /EISDIR/ })
})
