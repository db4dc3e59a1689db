import Type, { type Static } from 'typebox';
import {
  checkCauses,
  checkChannels,
  checkFindings,
  checkStates,
  firewallNames,
  type CheckReport,
} from '../check/connection-check.ts';
import { networkKinds } from '../network-kind.ts';
import { PeerKeySchema, ServerSchema } from './schema.ts';

/** What a connection check is about. `server`: the server of the chat. `address`: one that the user typed, with or without a chat. */
export const CheckTargetSchema = Type.Union([
  Type.Object({ type: Type.Literal('server') }),
  Type.Object({ type: Type.Literal('person'), peer: PeerKeySchema }),
  Type.Object({ type: Type.Literal('address'), server: ServerSchema }),
]);
export type CheckTarget = Static<typeof CheckTargetSchema>;

const StateSchema = Type.Enum([...checkStates]);

/** The report of a check so far (shared/check/connection-check.ts). */
export const CheckReportSchema = Type.Unsafe<CheckReport>(
  Type.Object({
    phase: Type.Enum(['running', 'over']),
    attempts: Type.Array(
      Type.Object({
        address: Type.String(),
        channel: Type.Enum([...checkChannels]),
        via: Type.Union([Type.String(), Type.Null()]),
        sent: Type.Integer({ minimum: 0 }),
        state: StateSchema,
        afterMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
      }),
    ),
    machine: Type.Object({
      networks: Type.Array(
        Type.Object({
          host: Type.String(),
          prefixBits: Type.Integer({ minimum: 0, maximum: 128 }),
          network: Type.Enum([...networkKinds]),
        }),
      ),
      firewall: Type.Union([Type.Enum([...firewallNames]), Type.Null()]),
      hasVpn: Type.Boolean(),
    }),
    otherSide: Type.Object({
      state: Type.Enum(['not-asked', 'asked', 'answered', 'silent']),
      attempts: Type.Array(Type.Object({ address: Type.String(), state: StateSchema })),
    }),
    findings: Type.Array(Type.Enum([...checkFindings])),
    causes: Type.Array(
      Type.Object({
        code: Type.Enum([...checkCauses]),
        firewall: Type.Optional(Type.Enum([...firewallNames])),
        subnet: Type.Optional(Type.String()),
        address: Type.Optional(Type.String()),
      }),
    ),
  }),
);
