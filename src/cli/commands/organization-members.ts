import type { Command } from 'commander'
import type * as contract from '../../control/contract/organizations.ts'
import type * as invitations from '../../control/contract/invitations.ts'
import type { ControlClient } from '../../control/client.ts'
import { confirm } from '../ask.ts'
import { connect } from '../connect.ts'
import { UsageError } from '../describe-error.ts'
import { FailedCommandError } from '../failed-command.ts'
import { platformAction, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { countBetween } from '../read-count.ts'
import { formatTable, timeText } from '../table.ts'
import { paint } from '../terminal.ts'

interface InviteFlags extends PlatformFlags {
  readonly role?: string
  readonly days?: number
}

const path = '/v1/offhook/organizations/{org}'
const memberPath = `${path}/members/{userId}` as const
const roles = ['owner', 'admin', 'member', 'viewer'] as const

export function addMembers(members: Command): void {
  withPlatformFlags(members.command('list')).description('List members.').action(platformAction(list))
  withPlatformFlags(members.command('invite'))
    .description('Make a token with which somebody becomes a member, once. Nothing is mailed: hand it over yourself.')
    .argument('<email>')
    .option('--role <role>', roles.join(', '), 'member')
    .option('--days <days>', 'for how long the token is good, up to 90', countBetween(1, 90), 7)
    .action(platformAction(invite))
  withPlatformFlags(members.command('invitations'))
    .description('List invitations, and what became of them.')
    .action(platformAction(listInvitations))
  withPlatformFlags(members.command('uninvite'))
    .description('Take an invitation back.')
    .argument('<id>', 'of the invitation')
    .action(platformAction(uninvite))
  withPlatformFlags(members.command('role'))
    .description('Give a member another role.')
    .argument('<member>', 'e-mail address or id')
    .argument('<role>', roles.join(', '))
    .action(platformAction(setRole))
  withPlatformFlags(members.command('remove'))
    .description('Remove a member; yourself, if it is you.')
    .argument('<member>', 'e-mail address or id')
    .option('--yes', 'do not ask')
    .action(platformAction(remove))
}

async function list({ organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const { members } = await client.send<typeof contract.listMembers>('get', `${path}/members`)
  printResult(json, members, () =>
    formatTable(
      ['E-MAIL', 'NAME', 'ROLE', 'SINCE', 'ID'],
      members.map((one) => [one.email, one.displayName ?? '', one.role, timeText(one.joinedAt), one.userId]),
    ),
  )
}

async function invite(email: string, { organization, json, role, days }: InviteFlags): Promise<void> {
  const body = { email, role: readRole(role ?? 'member'), expiresInDays: days }
  const { client, url } = await connect({ organization })
  const made = await client.send<typeof invitations.createInvitation>('post', `${path}/invitations`, { body })
  printResult(
    json,
    made,
    () =>
      `${paint('bold', made.token)}\nIt is shown this once, and good until ${timeText(made.expiresAt)} UTC. ${email} joins with\n` +
      `  offhook organizations join --url ${url} ${made.token}`,
  )
}

async function listInvitations({ organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const found = await client.send<typeof invitations.listInvitations>('get', `${path}/invitations`)
  printResult(json, found.invitations, () =>
    formatTable(
      ['ID', 'E-MAIL', 'ROLE', 'STATE', 'CREATED', 'GOOD UNTIL'],
      found.invitations.map((one) => [
        one.id,
        one.email,
        one.role,
        one.state,
        timeText(one.createdAt),
        timeText(one.expiresAt),
      ]),
    ),
  )
}

async function uninvite(invitationId: string, { organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  await client.send<typeof invitations.revokeInvitation>('delete', `${path}/invitations/{invitationId}`, {
    params: { invitationId },
  })
  printResult(
    json,
    { id: invitationId, revoked: true },
    () => `The invitation ${invitationId} is good for nothing now.`,
  )
}

async function setRole(who: string, role: string, { organization, json }: PlatformFlags): Promise<void> {
  const body = { role: readRole(role) }
  const { client } = await connect({ organization })
  const { userId } = await findMember(client, who)
  const member = await client.send<typeof contract.updateMember>('patch', memberPath, { params: { userId }, body })
  printResult(json, member, () => `${member.email} is ${member.role} now.`)
}

async function remove(who: string, flags: PlatformFlags & { readonly yes?: boolean }): Promise<void> {
  const { client, organization } = await connect(flags)
  const { userId, email } = await findMember(client, who)
  if (!(await confirm(`Remove ${email} from ${organization}?`, flags.yes))) return
  await client.send<typeof contract.removeMember>('delete', memberPath, { params: { userId } })
  printResult(flags.json, { userId, email, removed: true }, () => `${email} is no member of ${organization} any more.`)
}

async function findMember(client: ControlClient, who: string) {
  const { members } = await client.send<typeof contract.listMembers>('get', `${path}/members`)
  const member = members.find(({ userId, email }) => userId === who || email === who.toLowerCase())
  if (!member) throw new FailedCommandError(`there is no member "${who}"`)
  return member
}

function readRole(value: string) {
  const role = roles.find((one) => one === value)
  if (role === undefined) throw new UsageError(`a role is ${roles.join(', ')}; got "${value}"`)
  return role
}
