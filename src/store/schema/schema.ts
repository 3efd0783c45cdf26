import type { InvitationRow, LoginTokenRow, SealedValueRow } from './accounts.ts'
import type {
  Agent,
  Build,
  BuildLogRow,
  SecretSet,
  SecretValueRow,
  Upload,
  VersionFileRow,
  VersionRow,
} from './agents.ts'
import type {
  Call,
  LogLineRow,
  Message,
  PlacementRow,
  Recording,
  SessionEventRow,
  SessionRow,
  UsedTicketRow,
} from './calls.ts'
import type {
  ApiKeyRow,
  AuditRow,
  MembershipRow,
  Organization,
  PersonalTokenRow,
  PropertyRow,
  Region,
  User,
} from './tenants.ts'
import type { WebhookDelivery, WebhookEndpointRow } from './webhooks.ts'

/**
 * The tables. Columns are `snake_case` in the database. Ids are text, times whole milliseconds since the epoch, yes and no
 * are 1 and 0, JSON is text: what both databases have.
 */
export interface Schema {
  organizations: Organization
  users: User
  memberships: MembershipRow
  personalTokens: PersonalTokenRow
  apiKeys: ApiKeyRow
  properties: PropertyRow
  regions: Region
  auditEntries: AuditRow
  sealedValues: SealedValueRow
  invitations: InvitationRow
  loginTokens: LoginTokenRow
  webhookEndpoints: WebhookEndpointRow
  webhookDeliveries: WebhookDelivery
  agents: Agent
  versions: VersionRow
  versionFiles: VersionFileRow
  secretSets: SecretSet
  secretValues: SecretValueRow
  uploads: Upload
  builds: Build
  buildLogs: BuildLogRow
  calls: Call
  sessions: SessionRow
  sessionEvents: SessionEventRow
  logLines: LogLineRow
  recordings: Recording
  messages: Message
  placements: PlacementRow
  usedTickets: UsedTicketRow
  migrations: { name: string; appliedAt: number }
}
