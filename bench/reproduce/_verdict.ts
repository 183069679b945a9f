/** Whether what is claimed holds, as a page says it. */
export function yes(holds: boolean): string {
  return holds ? 'yes' : '**no**'
}
