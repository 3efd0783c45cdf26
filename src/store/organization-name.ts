import { randomInt } from 'node:crypto'

const qualities =
  'able brave bright calm clever cosy crisp eager early easy fair fast fine firm fond free fresh gentle glad golden good grand great green happy honest humble jolly keen kind large light little lively loyal lucky merry mild modest neat nimble noble open patient plain polite proud quick quiet ready rich round sharp shiny silent simple smart smooth snowy soft solid steady strong sunny sure swift tall tidy tiny true vivid warm wise witty young'.split(
    ' ',
  )

const colours =
  'amber aqua azure beige black blue bronze brown copper coral cream crimson cyan emerald gold green grey indigo ivory jade lilac lime maroon mauve mint navy ochre olive orange pearl pink plum purple red rose ruby rust sand scarlet silver slate tan teal turquoise violet white yellow'.split(
    ' ',
  )

const animals =
  'badger bear beaver bee bison cat cod crane crow deer dolphin dove duck eagle eel elk falcon ferret finch fox frog gecko goose gull hare hawk hen heron horse ibis jay kite koala lark lion lynx magpie marten mole moose moth mouse newt otter owl panda pike pony puffin quail rabbit raven robin salmon seal shrew snail sparrow squid stork swan swift tern tiger toad trout turtle vole walrus wolf wren yak zebra'.split(
    ' ',
  )

const oneOf = (words: readonly string[]): string => words[randomInt(words.length)] ?? 'blue'

/** Such as `brave-blue-heron-48213`. It is part of service hosts, so it has no dot. */
export const newOrganizationName = (): string =>
  `${oneOf(qualities)}-${oneOf(colours)}-${oneOf(animals)}-${randomInt(1000, 100_000)}`

/** What may stand in a service host, for organizations and for agents. */
export const isHostName = (name: string, longest: number): boolean =>
  name.length <= longest && /^[a-z0-9]([-a-z0-9]*[a-z0-9])$/.test(name)
