/** Prints the JSON for programs, or what `text` makes of it for people. */
export function printResult(json: boolean | undefined, value: unknown, text: () => string): void {
  console.log(json === true ? JSON.stringify(value, undefined, 2) : text())
}
