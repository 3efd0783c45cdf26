export interface Sharing {
  /** Sessions of all organizations. */
  readonly running: number
  /** How many more the node can take. */
  readonly room: number
  /** Sessions of the organization that wants another. */
  readonly held: number
  /** How many have agents here. */
  readonly organizations: number
  /** Which part of all places is kept for those that have less than their share, from 0 to 1. 0: none is. */
  readonly reserve: number
}

/**
 * Whether the places that are left are for others: an organization that has its fair share may take more, but not the last
 * places. So nobody is kept out for as long as somebody else's calls last, and no place is empty but for those.
 */
export function isBeyondShare({ running, room, held, organizations, reserve }: Sharing): boolean {
  if (organizations < 2 || held === 0 || reserve === 0) return false
  const places = running + room
  return room <= Math.ceil(places * reserve) && held >= places / organizations
}
