import type { Position } from './config.ts'

/** Side of the square of pixels that a letter has, its spacing included. */
export const LETTER_SIZE = 8

/** Rows of 5 pixels from the top, as binary digits. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '01110 10001 10001 11111 10001 10001 10001',
  B: '11110 10001 10001 11110 10001 10001 11110',
  C: '01110 10001 10000 10000 10000 10001 01110',
  D: '11110 10001 10001 10001 10001 10001 11110',
  E: '11111 10000 10000 11110 10000 10000 11111',
  F: '11111 10000 10000 11110 10000 10000 10000',
  G: '01110 10001 10000 10111 10001 10001 01110',
  H: '10001 10001 10001 11111 10001 10001 10001',
  I: '01110 00100 00100 00100 00100 00100 01110',
  J: '00111 00010 00010 00010 00010 10010 01100',
  K: '10001 10010 10100 11000 10100 10010 10001',
  L: '10000 10000 10000 10000 10000 10000 11111',
  M: '10001 11011 10101 10101 10001 10001 10001',
  N: '10001 11001 10101 10011 10001 10001 10001',
  O: '01110 10001 10001 10001 10001 10001 01110',
  P: '11110 10001 10001 11110 10000 10000 10000',
  Q: '01110 10001 10001 10001 10101 10010 01101',
  R: '11110 10001 10001 11110 10100 10010 10001',
  S: '01111 10000 10000 01110 00001 00001 11110',
  T: '11111 00100 00100 00100 00100 00100 00100',
  U: '10001 10001 10001 10001 10001 10001 01110',
  V: '10001 10001 10001 10001 10001 01010 00100',
  W: '10001 10001 10001 10101 10101 11011 10001',
  X: '10001 10001 01010 00100 01010 10001 10001',
  Y: '10001 10001 01010 00100 00100 00100 00100',
  Z: '11111 00001 00010 00100 01000 10000 11111',
  0: '01110 10001 10011 10101 11001 10001 01110',
  1: '00100 01100 00100 00100 00100 00100 01110',
  2: '01110 10001 00001 00110 01000 10000 11111',
  3: '01110 10001 00001 00110 00001 10001 01110',
  4: '00010 00110 01010 10010 11111 00010 00010',
  5: '11111 10000 11110 00001 00001 10001 01110',
  6: '01110 10000 11110 10001 10001 10001 01110',
  7: '11111 00001 00010 00100 01000 01000 01000',
  8: '01110 10001 10001 01110 10001 10001 01110',
  9: '01110 10001 10001 01111 00001 00010 01100',
}

/**
 * Cells of a letter, row by row; every pixel is a square of `scale` × `scale` cells.
 *
 * @param letter a capital letter or a digit; anything else is blank
 * @param left   column of the letter's square, and `top` its row
 */
export function letterCells(letter: string, left: number, top: number, scale = 1): Position[] {
  const cells: Position[] = []
  for (const [row, pixels] of (GLYPHS[letter]?.split(' ') ?? []).entries()) {
    for (let dy = 0; dy < scale; dy++) {
      for (const [column, pixel] of [...pixels].entries()) {
        for (let dx = 0; pixel === '1' && dx < scale; dx++) {
          cells.push([left + (column + 1) * scale + dx, top + row * scale + dy])
        }
      }
    }
  }
  return cells
}

/** Cells of each letter of a text that stands in the middle of a square map. */
export function spell(text: string, mapSize: number, scale = 1): Position[][] {
  const side = LETTER_SIZE * scale
  const left = Math.floor((mapSize - side * text.length) / 2)
  const top = Math.floor((mapSize - side) / 2)
  return [...text].map((letter, i) => letterCells(letter, left + i * side, top, scale))
}
